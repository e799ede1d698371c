"""A model in ctransformers, behind guards: the library checks nothing, and every fault in it ends the process.

Not safe for threads: one at a time may call, and a process may hold one model.
"""

from __future__ import annotations

import os
import re
import sys
from ctypes import c_int
from typing import TYPE_CHECKING, Any

import numpy as np

from backend.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_EMBEDDING_FAMILIES = ("llama", "falcon")
_BOS_FAMILIES = ("llama",)
_NO_WAY_BACK = ("falcon",)  # what it evaluates after a few of many tokens comes out wrong
_WHOLE_TEXTS = ("llama", "falcon")  # their tokenizers take a text of any length
# As the library's own pattern, over bytes.
_WORD = re.compile(rb"'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+")
_LONGEST_WORD = 256  # bytes; the library's recursion is as deep as a word is long, its time grows with the cube
_CHUNK = 4096  # bytes; its time grows with the square of the text
_UNIGRAM_CHUNK = 128  # bytes; with the cube, and one unknown character spoils the whole chunk
_ADDED = 8  # tokens that a tokenizer may add to those of the bytes


class Model:
    """`past` are the tokens that the engine has evaluated; `logits` and `embedding` belong to the last of them."""

    def __init__(self, engine: Any, *, threads: int) -> None:
        self._engine = engine
        self._threads = threads if threads > 0 else _default_threads()
        self.family = str(engine.model_type)
        self.n_ctx = int(engine.context_length)
        self.vocabulary = int(engine.vocab_size)
        self.past: list[int] = []

    @property
    def embeds(self) -> bool:
        return self.family in _EMBEDDING_FAMILIES

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """Tokens of a text; with `special` the one that begins a text comes first, if the model has such a one."""
        data = text.encode("utf-8", "replace").replace(b"\0", b"")  # the library's texts end at a null byte
        begins = special and self.family in _BOS_FAMILIES
        if self.family in _WHOLE_TEXTS:
            return self._tokenized(data, begins=begins)
        longest = _UNIGRAM_CHUNK if self.family == "replit" else _CHUNK
        return [token for chunk in _chunks(data, longest) for token in self._tokenized(chunk, begins=False)]

    def _tokenized(self, data: bytes, *, begins: bool) -> list[int]:
        if not data and not begins:
            return []
        buffer = (c_int * (len(data) + _ADDED))()
        count = self._engine.ctransformers_llm_tokenize(data, begins, buffer)
        return list(buffer[:count])

    def bytes_of(self, token: int) -> bytes:
        """The bytes of a token, which may be a part of a character."""
        return bytes(self._engine.ctransformers_llm_detokenize(token) or b"")

    def check(self, tokens: Sequence[int]) -> None:
        """Raise `BadRequest` if a token is none of the model's."""
        for token in tokens:
            if not 0 <= token < self.vocabulary:
                raise BadRequest(f"the model has no token {token}: it has {self.vocabulary}")

    def ends(self, token: int) -> bool:
        """Whether a token ends a text."""
        return bool(self._engine.ctransformers_llm_is_eos_token(token))

    def keep(self, count: int) -> int:
        """Forget evaluated tokens: all but the first `count`, or all. Returns how many are left."""
        if count < len(self.past):
            del self.past[0 if self.family in _NO_WAY_BACK else count :]
        return len(self.past)

    def warm_up(self, reserve: int) -> None:
        """Evaluate a token, for the library measures its need by the first evaluation; then `reserve` at once."""
        for count in (1, reserve):
            if count:
                self.evaluate([0] * count)
                self.keep(0)

    def evaluate(self, tokens: Sequence[int]) -> None:
        """Evaluate at once what comes after `past`. The caller sees to it that there is room in `n_ctx`."""
        if len(self.past) + len(tokens) > self.n_ctx:
            raise ValueError("the context is full")
        array = (c_int * len(tokens))(*tokens)
        done = self._engine.ctransformers_llm_batch_eval(array, len(tokens), len(self.past), len(tokens), self._threads)
        if not done:
            raise RuntimeError("the engine could not evaluate the tokens")
        self.past.extend(tokens)

    @property
    def logits(self) -> NDArray[np.float32]:
        """For each token of the vocabulary, a view that the next evaluation overwrites."""
        size = self._engine.ctransformers_llm_logits_size()
        if size < self.vocabulary:
            raise RuntimeError("the engine gave no logits")
        whole = np.ctypeslib.as_array(self._engine.ctransformers_llm_logits_data(), (size,))
        return whole[size - self.vocabulary :]

    @property
    def embedding(self) -> NDArray[np.float32]:
        size = self._engine.ctransformers_llm_embeddings_size()
        if not size:
            raise RuntimeError("the engine gave no embedding")
        return np.ctypeslib.as_array(self._engine.ctransformers_llm_embeddings_data(), (size,))


def _default_threads() -> int:
    """Half of the processors, which are the cores where each runs two threads. The library's threads wait for each
    other by spinning: with one more than is free a token takes a thousand times as long.
    """
    return max(1, len(os.sched_getaffinity(0)) // 2) if sys.platform == "linux" else max(1, (os.cpu_count() or 1) // 2)


def _chunks(data: bytes, longest: int) -> list[bytes]:
    """The text in parts that give the same tokens one after the other: they end where a word ends, at a line's end if
    there is one. Only a word too long for the library is cut.
    """
    chunks: list[bytes] = []
    chunk = b""
    for match in _WORD.finditer(data):
        word = match[0]
        if len(word) > _LONGEST_WORD:
            chunks += [chunk, *(word[start : start + _LONGEST_WORD] for start in range(0, len(word), _LONGEST_WORD))]
            chunk = b""
        elif len(chunk) + len(word) > longest or (chunk.endswith(b"\n") and 2 * len(chunk) > longest):
            chunks.append(chunk)
            chunk = word
        else:
            chunk += word
    return [*chunks, chunk]
