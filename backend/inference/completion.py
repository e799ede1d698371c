"""What every request to the engine's `/completion` shares (the specification's sections I.3 to I.5)."""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from backend.errors import BackendError, BadRequest
from backend.inference.engine_events import done, read_completion
from backend.inference.schema import for_engine

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence

    from backend.gguf import GGUF
    from backend.inference.options import Options
    from backend.inference.pieces import Part, Piece
    from backend.inference.prompt import Prompt
    from backend.inference.reading import Reading
    from backend.monitor.requests import LiveRequest
    from backend.runner.stream import Event
    from backend.scheduler.book import Lease
    from backend.wire.ollama import InferenceRequest

_ANY_OBJECT = {"type": "object"}
_TOO_LONG = (
    "the prompt is longer than the context length currently available to the model; shorten the prompt, adjust the "
    "context length in settings, or use a model with a longer context length"
)


@asynccontextmanager
async def run(
    prompt: Prompt,
    request: InferenceRequest,
    options: Options,
    lease: Lease,
    live: LiveRequest,
    keys: Mapping[str, Any],
) -> AsyncIterator[AsyncGenerator[Piece | Event, None]]:
    """The pieces of one completion; the engine's last event comes last. `keys`: of `constraint` and `preserved`."""
    fitted = await fit(prompt, request, lease, int(options.sampling["num_keep"]))
    body = {"prompt": fitted, "cache_prompt": True, **keys, **options.engine(lease.n_ctx)}
    if request.logprobs:
        body["n_probs"] = max(request.top_logprobs, 1)
    async with (
        aclosing(lease.client.stream("/completion", body)) as events,
        aclosing(read_completion(events, live, request.top_logprobs)) as pieces,
    ):
        yield pieces


def ending(reading: Reading, ended: Event, lease: Lease, started_ns: int) -> list[Part]:
    """What was held back, if anything, and the final record. `ended` is the last event of `run`.

    Raises `BackendError` for a call that cannot be read.
    """
    rest = reading.finish()
    reason = "length" if ended["stop_type"] == "limit" else "stop"
    end = done(reason, ended["timings"], lease, started_ns)
    stop = str(ended.get("stopping_word", ""))
    last = msgspec.structs.replace(end, tool_calls=reading.calls, stop_string=stop)
    return [rest, last] if rest.text or rest.thinking else [last]


def constraint(request: InferenceRequest) -> dict[str, Any]:
    """The keys that hold the reply to the request's format; none without one."""
    if request.format == "json":
        return {"json_schema": _ANY_OBJECT}
    return {"json_schema": for_engine(request.format)} if isinstance(request.format, dict) else {}


def preserved(special: Sequence[str]) -> dict[str, Any]:
    """The key that makes the engine print special tokens as text."""
    return {"preserved_tokens": list(special)} if special else {}


async def fit(prompt: Prompt, request: InferenceRequest, lease: Lease, keep: int) -> str | list[int] | dict[str, Any]:
    """The prompt as the engine takes it, cut in the middle if it does not fit (section I.4); one with images is for the
    engine to judge. Raises `BadRequest` if it does not fit and that is forbidden.
    """
    n_ctx, text = lease.n_ctx, prompt.text
    if prompt.images:
        return prompt.for_engine(lease.client.media_marker)
    if not request.truncate or len(text.encode()) < n_ctx:  # a token is at least one byte
        return text
    ids = await tokens(text, lease, special=True)
    if len(ids) < n_ctx:
        return text
    if not request.shift:
        raise BadRequest(_TOO_LONG)
    adds_bos = len(ids) > len(await tokens(text, lease, special=False))
    keep = max(0, min(keep + adds_bos, n_ctx - 4))
    limit = n_ctx - max((n_ctx - keep) // 2, 1)
    return ids[:keep] + ids[len(ids) - (limit - keep) :]


async def without_bos(prompt: str, gguf: GGUF, lease: Lease) -> str:
    """The prompt without the text of the token that the engine puts before it anyway (section I.5)."""
    bos = gguf.metadata.get("tokenizer.ggml.bos_token_id")
    if not isinstance(bos, int) or gguf.metadata.get("tokenizer.ggml.add_bos_token") is False:
        return prompt
    text = str((await lease.client.call("/detokenize", {"tokens": [bos]}))["content"])
    if not text or not prompt.startswith(text):
        return prompt
    twice = (await tokens(text, lease, special=True))[:2] == [bos, bos]
    return prompt.removeprefix(text) if twice else prompt


async def tokens(text: str, lease: Lease, *, special: bool) -> list[int]:
    """The text's tokens; with `special` the engine adds its own at the ends."""
    answer = await lease.client.call("/tokenize", {"content": text, "add_special": special})
    ids = answer["tokens"]
    if not isinstance(ids, list):
        raise BackendError("the model runner did not return tokens")
    return ids
