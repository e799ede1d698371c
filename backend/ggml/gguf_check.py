"""What ctransformers takes for granted in a GGUF file: it runs llama.cpp of September 2023, which checks shapes and
sizes of tensors but neither figures nor the vocabulary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend import gguf as gguf_files
from backend.errors import BadGGUF

if TYPE_CHECKING:
    from pathlib import Path

    from backend.gguf import GGUF

_VOCABULARY = "tokenizer.ggml"
_SPECIAL = ("bos", "eos", "unknown", "separator", "padding")
_BYTE = 6  # a token's type
_MOST = {"embedding_length": 1 << 17, "attention.head_count": 1 << 12, "block_count": 1 << 10}
_MOST |= {"feed_forward_length": 1 << 20, "context_length": 1 << 20}
_UNKNOWN_TO_MATRICES = frozenset({"Q8_1", "Q8_K"})  # types of intermediate results


def check_gguf(path: Path) -> None:
    """Raises `BadGGUF` for a GGUF file that ctransformers would load to its ruin; see `engine_choice.of_gguf` for
    those that it refuses itself.
    """
    gguf = gguf_files.read(path, arrays=True)
    _check_figures(gguf)
    tokens = gguf.metadata.get(f"{_VOCABULARY}.tokens")
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        raise BadGGUF("the GGUF file has no vocabulary")
    texts = [str(token) for token in tokens]
    _check_array(gguf, f"{_VOCABULARY}.scores", float, len(texts))
    _check_array(gguf, f"{_VOCABULARY}.token_type", int, len(texts))
    _check_bytes(gguf, texts)
    for name in _SPECIAL:
        number = gguf.metadata.get(f"{_VOCABULARY}.{name}_token_id", 0)
        if type(number) is not int or not 0 <= number < len(texts):
            raise BadGGUF(f"the GGUF file's {name} token is {number!r}, and its vocabulary has {len(texts)} tokens")
    for tensor in gguf.tensors:
        is_matrix = len(tensor.shape) > 1
        if tensor.type_name in _UNKNOWN_TO_MATRICES or not (is_matrix or tensor.type_name == "F32"):
            raise BadGGUF(f"the tensor '{tensor.name[:80]}' cannot be of the type {tensor.type_name}")


def _check_figures(gguf: GGUF) -> None:
    for name, most in _MOST.items():
        if not 0 < gguf.figure(name) <= most:
            raise BadGGUF(f"the GGUF file says {name} = {gguf.figure(name)}, which cannot be")
    if gguf.embedding_length % gguf.head_count or gguf.head_count_kv <= 0 or gguf.head_count % gguf.head_count_kv:
        raise BadGGUF("the GGUF file has a number of heads that does not divide the embedding")


def _check_array(gguf: GGUF, key: str, kind: type, length: int) -> None:
    """An array of four-byte numbers, one for each token."""
    values = gguf.metadata.get(key)
    if not isinstance(values, list) or len(values) != length or any(type(value) is not kind for value in values):
        raise BadGGUF(f"the GGUF file's {key} is not a list of {length} numbers")
    width = 4 if gguf.version == 1 else 8
    start, end = gguf.spans[key]
    if end - start != width + len(key.encode()) + 4 + 4 + width + 4 * length:
        raise BadGGUF(f"the GGUF file's {key} is not a list of four-byte numbers")


def _check_bytes(gguf: GGUF, tokens: list[str]) -> None:
    known = {f"<0x{number:02X}>" for number in range(256)}
    if missing := known.difference(tokens):
        raise BadGGUF(f"the GGUF file's vocabulary lacks the token {min(missing)}")
    types = gguf.metadata[f"{_VOCABULARY}.token_type"]
    if isinstance(types, list) and any(
        kind == _BYTE and token not in known for kind, token in zip(types, tokens, strict=True)
    ):
        raise BadGGUF("the GGUF file's vocabulary has a byte token that is not one")
