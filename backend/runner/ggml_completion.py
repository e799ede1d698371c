"""One generation by a GGML model, as the events of llama-server's `/completion`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec

from backend.errors import BackendError, BadRequest
from backend.runner.ggml_sampler import Sampler, Sampling
from backend.runner.ggml_text import Text

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from backend.runner.ggml_model import Model

Event = dict[str, Any]
_LONGEST_IN_CONTEXTS = 10  # a reply without limit ends after this many context lengths
_FIRST_BATCH = 8  # tokens; the next ones grow as long as they are quick, so that hanging up is noticed soon
_QUICK_S = 0.25
_LEAST_FREE = 4  # tokens that are never kept at a context's end
_DAMAGED = "the model computed values that are no numbers: its file is damaged, or it is of another model_type"


class CompletionRequest(Sampling, frozen=True, kw_only=True):
    """The body of `/completion`. What this engine cannot do is refused, not ignored."""

    prompt: str | list[int] | dict[str, Any]
    n_predict: int = -1
    n_keep: int = 0
    stop: tuple[str, ...] = ()
    cache_prompt: bool = True
    n_probs: int = 0
    grammar: str = ""
    json_schema: Any = None


class ContextFull(BadRequest):
    """The prompt leaves no room for a reply."""


class Completion:
    """Iterate over `events` step by step; a step is one evaluation at most. Dropping the iterator ends the generation.

    `n_batch`: tokens that are evaluated at once at most. `shifts`: at the context's end the older half is forgotten and
    the rest evaluated again, `n_keep` tokens of the beginning excepted; without it the reply ends there.
    Raises `BadRequest`, and `ContextFull`, before anything is evaluated.
    """

    def __init__(self, model: Model, request: CompletionRequest, *, n_ctx: int, n_batch: int, shifts: bool) -> None:
        _refuse(request)
        self._model = model
        self._request = request
        self._n_ctx = n_ctx
        self._n_batch = n_batch
        self._shifts = shifts
        self._sampler = Sampler(request, model.vocabulary)
        self._text = Text(request.stop)
        self._prompt = _prompt(model, request)
        if len(self._prompt) >= n_ctx:
            raise ContextFull(
                f"request ({len(self._prompt)} tokens) exceeds the available context size ({n_ctx} tokens), "
                "try increasing it"
            )
        self._cached = 0
        self._generated = 0
        self._truncated = False
        self._limit = request.n_predict if request.n_predict >= 0 else _LONGEST_IN_CONTEXTS * n_ctx
        self._started = self._prompted = 0.0

    def events(self) -> Iterator[Event | None]:
        """Progress of the prompt, an event for each token, and a last one that has `stop` set. `None` is a step that
        has nothing to tell.
        """
        self._started = time.monotonic()
        self._cached = self._model.keep(self._common() if self._request.cache_prompt else 0)
        for _ in self._evaluate(self._prompt[self._cached :]):
            yield self._progress()
        self._prompted = time.monotonic()
        while self._generated < self._limit:
            token = self._next()
            self._generated += 1
            if self._model.ends(token):
                yield self._end("eos", self._text.finish())
                return
            text = self._text.feed(self._model.bytes_of(token))
            if self._text.stopped_by:
                yield self._end("word", text)
                return
            yield {"content": text, "tokens": [token], "stop": False}
            if self._generated < self._limit and not (yield from self._go_on(token)):
                break
        yield self._end("limit", self._text.finish())

    def _next(self) -> int:
        try:
            return self._sampler.choose(self._model.logits, self._model.past)
        except FloatingPointError:
            raise BackendError(_DAMAGED) from None

    def _common(self) -> int:
        """How many tokens the engine has evaluated already; the last one of the prompt is always evaluated."""
        past, prompt = self._model.past, self._prompt
        most = min(len(past), len(prompt) - 1)
        return next((place for place in range(most) if past[place] != prompt[place]), most)

    def _go_on(self, token: int) -> Generator[None, None, bool]:
        """Evaluate a token. Returns whether there was room."""
        past = self._model.past
        if len(past) < self._n_ctx:
            self._model.evaluate([token])
            return True
        self._truncated = True
        if not self._shifts:
            return False
        keep = max(0, min(self._request.n_keep, self._n_ctx - _LEAST_FREE))
        left = [*past[:keep], *past[keep + max(1, (len(past) - keep) // 2) :], token]
        yield from self._evaluate(left[self._model.keep(keep) :])
        return True

    def _evaluate(self, tokens: Sequence[int]) -> Iterator[None]:
        """A step for each batch."""
        size, start = min(_FIRST_BATCH, self._n_batch), 0
        while start < len(tokens):
            begun = time.monotonic()
            self._model.evaluate(tokens[start : start + size])
            start += size
            if time.monotonic() - begun < _QUICK_S:
                size = min(2 * size, self._n_batch)
            yield

    def _progress(self) -> Event:
        progress = {
            "total": len(self._prompt),
            "cache": self._cached,
            "processed": len(self._model.past),
            "time_ms": round(1000 * (time.monotonic() - self._started)),
        }
        return {"content": "", "tokens": [], "stop": False, "prompt_progress": progress}

    def _end(self, reason: str, text: str) -> Event:
        now = time.monotonic()
        return {
            "content": text,
            "tokens": [],
            "stop": True,
            "stop_type": reason,
            "stopping_word": self._text.stopped_by,
            "truncated": self._truncated,
            "tokens_evaluated": len(self._prompt),
            "tokens_predicted": self._generated,
            "timings": {
                "cache_n": self._cached,
                "prompt_n": len(self._prompt) - self._cached,
                "prompt_ms": 1000 * (self._prompted - self._started),
                "predicted_n": self._generated,
                "predicted_ms": 1000 * (now - self._prompted),
            },
        }


def _prompt(model: Model, request: CompletionRequest) -> list[int]:
    if isinstance(request.prompt, str):
        tokens = model.tokenize(request.prompt, special=True)
        if not tokens:
            raise BadRequest("the prompt has no tokens that the model knows")
        return tokens
    if not isinstance(request.prompt, list) or not request.prompt:
        raise BadRequest("the prompt must be a text or a list of tokens")
    model.check(request.prompt)
    return request.prompt


def _refuse(request: CompletionRequest) -> None:
    """Raise `BadRequest` for what ctransformers cannot do."""
    if request.grammar or request.json_schema is not None:
        raise BadRequest("the engine of GGML models cannot hold a reply to a format or grammar; leave `format` out")
    if isinstance(request.prompt, dict):
        raise BadRequest("the engine of GGML models cannot see images or hear; send a text alone")
    if request.n_probs > 0:
        raise BadRequest("the engine of GGML models does not give log probabilities; leave `logprobs` out")


def mean_embedding(model: Model, tokens: Sequence[int]) -> Iterator[list[float] | None]:
    """`None` for each step, then the mean of the tokens' embeddings, scaled to length 1.

    The engine keeps the embedding of the last token of an evaluation alone, so each token is evaluated by itself.
    """
    import numpy as np

    model.keep(0)
    total = np.zeros(0)
    for token in tokens:
        model.evaluate([token])
        total = model.embedding.astype(np.float64) + (total if len(total) else 0.0)
        yield None
    length = float(np.linalg.norm(total))
    if not np.isfinite(length):
        raise BackendError(_DAMAGED)
    yield [float(value) for value in (total / length if length else total)]


def decoded(data: bytes) -> CompletionRequest:
    """The body of a request. Raises `BadRequest` that names the field."""
    try:
        return msgspec.json.decode(data, type=CompletionRequest)
    except msgspec.MsgspecError as error:
        raise BadRequest(str(error)) from None
