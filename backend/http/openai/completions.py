"""`POST /v1/completions` (the specification's section B.3), for one prompt or several."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from aiohttp import web

from backend.errors import BadRequest
from backend.http.body import decode
from backend.http.generation import client_of
from backend.http.openai.errors import DONE, error_frames
from backend.http.openai.reply import Heading, json_reply, usage
from backend.http.sse import EventStream
from backend.inference.pieces import Done, Piece
from backend.wire.ollama import GenerateRequest
from backend.wire.openai import Completion, CompletionChoice, CompletionLogprobs, CompletionRequest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from backend.inference.service import Inference
    from backend.monitor.requests import LiveRequest, LiveRequests
    from backend.wire.ollama import Logprob


class Completions:
    """The handler over the generations of inference. The prompts of a request are completed one after another."""

    def __init__(self, inference: Inference, live: LiveRequests) -> None:
        self._inference = inference
        self._live = live

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/v1/completions", self.complete)]

    async def complete(self, request: web.Request) -> web.StreamResponse:
        body = await decode(request, CompletionRequest, if_empty="EOF")
        asked = _native(body)
        heading = Heading.make("cmpl", "text_completion", body.model)
        with self._live.track("generate", body.model, client_of(request)) as live:
            async with aclosing(self._choices(asked, live)) as choices:
                if not body.stream:
                    return json_reply(await _whole(heading, choices))
                return await _stream(request, heading, choices, include_usage=body.stream_options.include_usage)

    async def _choices(
        self, asked: list[GenerateRequest], live: LiveRequest
    ) -> AsyncGenerator[CompletionChoice | Done, None]:
        """What each prompt adds to its choice, the last time with the reason of its end; then its `Done`."""
        for index, one in enumerate(asked):
            offset = 0
            async with aclosing(self._inference.generate(one, live)) as parts:
                async for part in parts:
                    if isinstance(part, Piece) and (part.text or part.logprobs):
                        yield CompletionChoice(
                            text=part.text, index=index, logprobs=_logprobs(part.logprobs, offset), finish_reason=None
                        )
                        offset += len(part.text)
                    elif isinstance(part, Done):
                        # An empty prompt only loads the model: nothing was left to say.
                        reason = "stop" if part.reason == "load" else part.reason
                        yield CompletionChoice(text="", index=index, finish_reason=reason)
                        yield part


async def _whole(heading: Heading, parts: AsyncIterator[CompletionChoice | Done]) -> Completion:
    choices: list[CompletionChoice] = []
    texts: list[list[str]] = []
    ends: list[Done] = []
    async for part in parts:
        if isinstance(part, Done):
            ends.append(part)
            continue
        if part.index == len(choices):
            choices.append(CompletionChoice(text="", index=part.index, finish_reason=None))
            texts.append([])
        choice = choices[part.index]
        texts[part.index].append(part.text)
        choice.finish_reason = part.finish_reason
        choice.logprobs = _joined(choice.logprobs, part.logprobs)
    for choice, text in zip(choices, texts, strict=True):
        choice.text = "".join(text)
    return Completion(**heading.fields(), choices=choices, usage=usage(ends))


async def _stream(
    request: web.Request, heading: Heading, parts: AsyncIterator[CompletionChoice | Done], *, include_usage: bool
) -> web.StreamResponse:
    stream = EventStream(request, error_frames)
    nothing = usage([]) if include_usage else None  # every chunk has the key then, or none has
    ends: list[Done] = []
    async for part in parts:
        if isinstance(part, Done):
            ends.append(part)
        else:
            await stream.send(Completion(**heading.fields(), choices=[part], usage=nothing))
    if include_usage:
        await stream.send(Completion(**heading.fields(), choices=[], usage=usage(ends)))
    await stream.send_raw(DONE)
    return await stream.finish()


def _native(request: CompletionRequest) -> list[GenerateRequest]:
    """The same request for this backend's own inference, once for each prompt. Raises `BadRequest`."""
    prompts = [request.prompt] if isinstance(request.prompt, str) else request.prompt
    if not isinstance(prompts, list) or not prompts or not all(isinstance(prompt, str) for prompt in prompts):
        raise BadRequest("invalid prompt: it must be a string or a list of strings")
    options = {
        "num_predict": request.max_tokens,
        "temperature": 1.0 if request.temperature is None else request.temperature,
        "top_p": request.top_p or 1.0,
        "seed": request.seed,
        "frequency_penalty": request.frequency_penalty,
        "presence_penalty": request.presence_penalty,
        "stop": _stop(request.stop),
    }
    return [
        GenerateRequest(
            model=request.model,
            prompt=prompt,
            suffix=request.suffix,
            options=options,
            logprobs=request.logprobs > 0,
            top_logprobs=request.logprobs,
        )
        for prompt in prompts
    ]


def _stop(given: Any) -> list[str] | None:
    if given is None:
        return None
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list):
        raise BadRequest(f"invalid type for 'stop' field: {type(given).__name__}")
    for text in texts:
        if not isinstance(text, str):
            raise BadRequest(f"invalid type for 'stop' field: {type(text).__name__}")
    return texts


def _logprobs(entries: list[Logprob], offset: int) -> CompletionLogprobs | None:
    """In the shape of this old interface. `offset` is the length of the reply so far, in characters."""
    if not entries:
        return None
    logprobs = CompletionLogprobs(tokens=[], token_logprobs=[], top_logprobs=[], text_offset=[])
    for entry in entries:
        logprobs.tokens.append(entry.token)
        logprobs.token_logprobs.append(entry.logprob)
        logprobs.top_logprobs.append({other.token: other.logprob for other in entry.top_logprobs})
        logprobs.text_offset.append(offset)
        offset += len(entry.token)
    return logprobs


def _joined(first: CompletionLogprobs | None, more: CompletionLogprobs | None) -> CompletionLogprobs | None:
    if first is None or more is None:
        return first or more
    first.tokens += more.tokens
    first.token_logprobs += more.token_logprobs
    first.top_logprobs += more.top_logprobs
    first.text_offset += more.text_offset
    return first
