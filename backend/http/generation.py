"""`/api/generate`, `/api/chat`, `/api/embed` and `/api/embeddings` (the specification's sections A.2 to A.5)."""

from __future__ import annotations

import functools
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeVar

from aiohttp import web

from backend.errors import BackendError, BadRequest, EmbeddingFailed, ModelNotFound
from backend.http.body import decode
from backend.http.reply import LineStream, json_reply
from backend.inference.pieces import Done, Part, Piece, Rendered
from backend.monitor.requests import Caller
from backend.timestamp import now_utc
from backend.wire.ollama import (
    ChatRequest,
    ChatResponse,
    DebugInfo,
    EmbeddingsRequest,
    EmbeddingsResponse,
    EmbedRequest,
    EmbedResponse,
    GenerateRequest,
    GenerateResponse,
    Logprob,
    ReplyMessage,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from backend.inference.service import Inference
    from backend.monitor.requests import LiveRequests

_LONGEST_AGENT = 60
R = TypeVar("R", GenerateResponse, ChatResponse)


class Generation:
    """The four handlers; `routes` is what the server adds."""

    def __init__(self, inference: Inference, live: LiveRequests) -> None:
        self._inference = inference
        self._live = live

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/api/generate", self.generate),
            web.post("/api/chat", self.chat),
            web.post("/api/embed", self.embed),
            web.post("/api/embeddings", self.embeddings),
        ]

    async def generate(self, request: web.Request) -> web.StreamResponse:
        body = await decode(request, GenerateRequest)
        with self._live.track("generate", body.model, client_of(request)) as live:
            pieces = self._inference.generate(body, live)
            reply = functools.partial(_generated, body.model)
            return await _answer(pieces, LineStream(request), reply, stream_on=body.stream)

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await decode(request, ChatRequest)
        with self._live.track("chat", body.model, client_of(request)) as live:
            pieces = self._inference.chat(body, live)
            reply = functools.partial(_chatted, body.model)
            return await _answer(pieces, LineStream(request), reply, stream_on=body.stream)

    async def embed(self, request: web.Request) -> web.Response:
        body = await decode(request, EmbedRequest)
        inputs = [] if body.input in (None, "") else [body.input] if isinstance(body.input, str) else body.input
        if not isinstance(inputs, list) or not all(isinstance(item, str) for item in inputs):
            raise BadRequest("invalid input type")
        if not body.model:
            raise ModelNotFound("model '' not found")
        with self._live.track("embed", body.model, client_of(request)) as live:
            embedded = await self._inference.embed(
                body.model,
                inputs,
                body.options,
                body.keep_alive,
                live,
                truncate=body.truncate,
                dimensions=body.dimensions,
            )
        return json_reply(
            EmbedResponse(
                model=body.model,
                embeddings=embedded.vectors,
                total_duration=embedded.total_ns,
                load_duration=embedded.load_ns,
                prompt_eval_count=embedded.tokens,
            )
        )

    async def embeddings(self, request: web.Request) -> web.Response:
        body = await decode(request, EmbeddingsRequest)
        if not body.model:
            raise BadRequest("model is required")
        inputs = [body.prompt] if body.prompt else []
        with self._live.track("embed", body.model, client_of(request)) as live:
            try:
                embedded = await self._inference.embed(
                    body.model, inputs, body.options, body.keep_alive, live, truncate=False
                )
            except EmbeddingFailed as error:
                raise BackendError(error.message) from None  # a 500 here (section A.5)
        return json_reply(EmbeddingsResponse(embedding=embedded.vectors[0] if embedded.vectors else []))


def client_of(request: web.Request) -> Caller:
    """Who asks, for people: what the program says of itself up to the first space, without anything that is no text."""
    agent = request.headers.get("User-Agent", "unknown")[:_LONGEST_AGENT].split(" ")[0]
    return Caller("".join(filter(str.isprintable, agent)), request.remote or "")


async def _answer(
    parts: AsyncGenerator[Part, None],
    stream: LineStream,
    reply: Callable[[Part], R],
    *,
    stream_on: bool,
) -> web.StreamResponse:
    text: list[str] = []
    thinking: list[str] = []
    logprobs: list[Logprob] = []
    async with aclosing(parts):
        async for part in parts:
            if isinstance(part, Rendered) or (isinstance(part, Done) and part.reason in {"load", "unload"}):
                return json_reply(reply(part))
            if stream_on:
                await stream.send(reply(part))
            elif isinstance(part, Piece):
                text.append(part.text)
                thinking.append(part.thinking)
                logprobs += part.logprobs
            else:
                return json_reply(_filled(reply(part), "".join(text), "".join(thinking), logprobs))
    return await stream.finish()


def _filled(last: R, text: str, thinking: str, logprobs: list[Logprob]) -> R:
    """The single reply: the last one with everything that came before it."""
    if isinstance(last, ChatResponse):
        last.message.content, last.message.thinking = text, thinking
    else:
        last.response, last.thinking = text, thinking
    last.logprobs = logprobs
    return last


def _generated(model: str, part: Part) -> GenerateResponse:
    if isinstance(part, Piece):
        return GenerateResponse(
            model=model,
            created_at=now_utc(),
            response=part.text,
            thinking=part.thinking,
            done=False,
            logprobs=part.logprobs,
        )
    if isinstance(part, Rendered):
        info = DebugInfo(rendered_template=part.prompt, image_count=part.images)
        return GenerateResponse(model=model, created_at=now_utc(), response="", done=False, debug_info=info)
    return GenerateResponse(
        model=model,
        created_at=now_utc(),
        response="",
        done=True,
        context=part.context,
        tool_calls=part.tool_calls,
        **_metrics(part),
    )


def _chatted(model: str, part: Part) -> ChatResponse:
    message = ReplyMessage(role="assistant", content="")
    if isinstance(part, Piece):
        message.content, message.thinking = part.text, part.thinking
        return ChatResponse(model=model, created_at=now_utc(), message=message, done=False, logprobs=part.logprobs)
    if isinstance(part, Rendered):
        info = DebugInfo(rendered_template=part.prompt, image_count=part.images)
        return ChatResponse(model=model, created_at=now_utc(), message=message, done=False, debug_info=info)
    message.tool_calls = part.tool_calls
    return ChatResponse(model=model, created_at=now_utc(), message=message, done=True, **_metrics(part))


def _metrics(done: Done) -> dict[str, Any]:
    return {
        "done_reason": done.reason,
        "total_duration": done.total_ns,
        "load_duration": done.load_ns,
        "prompt_eval_count": done.prompt_tokens,
        "prompt_eval_duration": done.prompt_ns,
        "eval_count": done.tokens,
        "eval_duration": done.decode_ns,
    }
