"""Tokens of a `tokenizer.json` as a GGUF file lists them (llama.cpp's `convert_hf_to_gguf.py` and llama-vocab.cpp)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from backend.errors import BadRequest
from backend.gguf import writer

if TYPE_CHECKING:
    from backend.conversion.checkpoint import Document

_TOKENS = 2_097_152  # as many as a GGUF file may list here
_BYTE = re.compile(r"<0x[0-9A-F]{2}>")
_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# How a tokenizer cuts text before it joins bytes → llama.cpp's name for that.
_CUTS = {
    (_LLAMA3,): "llama-bpe",
    (_LLAMA3.replace("{1,3}", ""),): "qwen2",
    ("digits", "words"): "smollm",
    ("words",): "gpt-2",
}


class TokenType(IntEnum):
    """`llama_token_type` of llama.h."""

    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5
    BYTE = 6


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`tokens` and `types` by number. `ids` finds a token's number."""

    tokens: list[str]
    types: list[TokenType]
    model: str  # "gpt2" joins bytes by `merges`, "llama" characters by their tokens' order
    cut: str
    merges: list[str]
    space_first: bool

    @property
    def ids(self) -> dict[str, int]:
        return {token: number for number, token in enumerate(self.tokens)}

    def entries(self) -> list[bytes]:
        """Of the metadata."""
        entries = [
            writer.text("tokenizer.ggml.model", self.model),
            writer.texts("tokenizer.ggml.tokens", self.tokens),
            writer.int32s("tokenizer.ggml.token_type", self.types),
        ]
        if self.model == "llama":
            scores = [-float(number) for number in range(len(self.tokens))]
            entries.append(writer.float32s("tokenizer.ggml.scores", scores))
            entries.append(writer.boolean("tokenizer.ggml.add_space_prefix", self.space_first))
        else:
            entries.append(writer.text("tokenizer.ggml.pre", self.cut))
            entries.append(writer.texts("tokenizer.ggml.merges", self.merges))
        return entries


def read_vocabulary(tokenizer: Document, size: int) -> Vocabulary:
    """The vocabulary of a `tokenizer.json`, filled up to `size` tokens, the rows of the model's embeddings.

    Raises `BadRequest` for a kind of tokenizer that is not known.
    """
    if size > _TOKENS:
        raise BadRequest(f"the model has embeddings for {size} tokens, more than any vocabulary")
    model = tokenizer.section("model")
    if model.text("type") not in {"BPE", ""} or not model.values.get("vocab"):
        raise BadRequest(f"tokenizer.json has a tokenizer of the kind {model.text('type')!r}; BPE can be converted")
    characters = model.values.get("byte_fallback") is True
    tokens, types = _tokens(tokenizer, model, size, characters=characters)
    return Vocabulary(
        tokens,
        types,
        "llama" if characters else "gpt2",
        "" if characters else _cut(tokenizer),
        [] if characters else [_merge(merge) for merge in model.list("merges")],
        _puts_space_first(tokenizer),
    )


def _tokens(tokenizer: Document, model: Document, size: int, *, characters: bool) -> tuple[list[str], list[TokenType]]:
    tokens = [f"[PAD{number}]" for number in range(size)]
    types = [TokenType.UNUSED] * size

    def put(token: object, number: object, kind: TokenType) -> None:
        if not isinstance(token, str) or type(number) is not int or not 0 <= number < size:
            raise BadRequest(f"tokenizer.json has a token {number!r} that the model's {size} embeddings do not reach")
        tokens[number], types[number] = token, kind

    unknown = model.text("unk_token")
    for token, number in model.section("vocab").values.items():
        kind = TokenType.BYTE if characters and _BYTE.fullmatch(token) else TokenType.NORMAL
        put(token, number, TokenType.UNKNOWN if characters and token == unknown else kind)
    for entry in tokenizer.list("added_tokens"):
        added = _object(entry)
        kind = TokenType.CONTROL if added.get("special") is True else TokenType.USER_DEFINED
        if characters and added.get("content") == unknown:
            kind = TokenType.UNKNOWN
        put(added.get("content"), added.get("id"), kind)
    return tokens, types


def _object(entry: object) -> dict[str, Any]:
    return entry if isinstance(entry, dict) else {}


def _cut(tokenizer: Document) -> str:
    steps = []
    for step in parts_of(tokenizer, "pre_tokenizer", "pretokenizers"):
        if step.get("type") == "Split":
            pattern = step.get("pattern")
            steps.append(str(pattern.get("Regex")) if isinstance(pattern, dict) else "")
        elif step.get("type") == "Digits" and step.get("individual_digits") is True:
            steps.append("digits")
        elif step.get("type") != "ByteLevel":
            steps.append(str(step.get("type")))
        elif step.get("use_regex", True) is True:
            steps.append("words")
    if tuple(steps) not in _CUTS:
        raise BadRequest(
            "tokenizer.json cuts text in a way that is not known, and the model would read it wrongly; convert the "
            "model to GGUF with llama.cpp's convert_hf_to_gguf.py and create it from the result"
        )
    return _CUTS[tuple(steps)]


def _puts_space_first(tokenizer: Document) -> bool:
    """Whether a text is read as if a space came before it."""
    prepends = any(step.get("type") == "Prepend" for step in parts_of(tokenizer, "normalizer", "normalizers"))
    metaspaces = [
        step for step in parts_of(tokenizer, "pre_tokenizer", "pretokenizers") if step.get("type") == "Metaspace"
    ]
    return prepends or any(step.get("prepend_scheme", "always") != "never" for step in metaspaces)


def parts_of(tokenizer: Document, key: str, members: str) -> list[dict[str, Any]]:
    """The parts of a tokenizer's step that is a sequence, else the step itself; none if there is none."""
    step = tokenizer.section(key)
    parts = step.list(members) if step.text("type") == "Sequence" else [step.values] if step.values else []
    return [_object(part) for part in parts]


def _merge(merge: object) -> str:
    """Two tokens with a space between them; a space within one is written as llama.cpp expects it."""
    if isinstance(merge, str):
        return merge
    if isinstance(merge, list) and len(merge) == 2 and all(isinstance(part, str) for part in merge):
        return " ".join(part.replace(" ", "Ġ") for part in merge)
    raise BadRequest("tokenizer.json has a merge that is not two tokens")
