"""The parts of a generation as OpenAI's chat completion, whole or in chunks (the specification's section B.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from backend.http.openai.reply import Heading, usage
from backend.inference.pieces import Done, Piece
from backend.wire.ollama import DebugInfo
from backend.wire.openai import (
    ChatChoice,
    ChatCompletion,
    ChatCompletionChunk,
    ChatLogprobs,
    ChunkChoice,
    Delta,
    FunctionCall,
    ReplyMessage,
    TokenLogprob,
    ToolCall,
    TopLogprob,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from backend.inference.pieces import Part
    from backend.wire import ollama


async def whole(model: str, parts: AsyncIterator[Part]) -> ChatCompletion:
    """The reply when everything has come, or the prompt of a request that only looks at it."""
    message = ReplyMessage(role="assistant", content="")
    text, thinking = [], []
    logprobs: list[ollama.Logprob] = []
    reply = ChatCompletion(**Heading.make("chatcmpl", "chat.completion", model).fields(), choices=[])
    reason = None
    async for part in parts:
        if isinstance(part, Piece):
            text.append(part.text)
            thinking.append(part.thinking)
            logprobs += part.logprobs
        elif isinstance(part, Done):
            message.tool_calls = _tool_calls(part)
            reason, reply.usage = _reason(part), usage([part])
        else:
            reply.debug_info = DebugInfo(rendered_template=part.prompt, image_count=part.images)
    message.content, message.reasoning = "".join(text), "".join(thinking)
    reply.choices = [ChatChoice(index=0, message=message, finish_reason=reason, logprobs=_logprobs(logprobs))]
    return reply


class Chunks:
    """The chunks of one streamed reply. They share an id and a time; the first one names the role."""

    def __init__(self, model: str, *, include_usage: bool) -> None:
        self._heading = Heading.make("chatcmpl", "chat.completion.chunk", model)
        self._include_usage = include_usage
        self._begun = False

    def of(self, part: Piece | Done) -> Iterator[ChatCompletionChunk]:
        """What is sent for a part; after `Done` nothing follows."""
        if isinstance(part, Piece):
            yield from self._piece(part)
            return
        if part.tool_calls:
            yield self._chunk(Delta(tool_calls=_tool_calls(part)))
        elif not self._begun:
            yield self._chunk(Delta())
        yield self._made(ChunkChoice(index=0, delta=Delta(), finish_reason=_reason(part)))
        if self._include_usage:
            last = self._made()
            last.usage = usage([part])
            yield last

    def _piece(self, piece: Piece) -> Iterator[ChatCompletionChunk]:
        """Thinking and answer that come at once leave in two chunks."""
        if piece.thinking and piece.text:
            yield self._chunk(Delta(reasoning=piece.thinking))
            yield self._chunk(Delta(content=piece.text), piece.logprobs)
        else:
            yield self._chunk(Delta(content=piece.text, reasoning=piece.thinking), piece.logprobs)

    def _chunk(self, delta: Delta, logprobs: list[ollama.Logprob] | None = None) -> ChatCompletionChunk:
        if not self._begun:
            self._begun = True
            delta.role = "assistant"
            if delta.content is msgspec.UNSET:
                delta.content = ""
        return self._made(ChunkChoice(index=0, delta=delta, finish_reason=None, logprobs=_logprobs(logprobs or [])))

    def _made(self, *choices: ChunkChoice) -> ChatCompletionChunk:
        return ChatCompletionChunk(**self._heading.fields(), choices=list(choices))


def _reason(done: Done) -> str:
    return "tool_calls" if done.reason == "stop" and done.tool_calls else done.reason


def _tool_calls(done: Done) -> list[ToolCall]:
    return [
        ToolCall(
            id=call.id,
            index=index,
            type="function",
            function=FunctionCall(
                name=call.function.name, arguments=msgspec.json.encode(call.function.arguments).decode()
            ),
        )
        for index, call in enumerate(done.tool_calls)
    ]


def _logprobs(entries: list[ollama.Logprob]) -> ChatLogprobs | None:
    if not entries:
        return None
    return ChatLogprobs(
        content=[
            TokenLogprob(
                token=entry.token,
                logprob=entry.logprob,
                bytes=entry.bytes,
                top_logprobs=[
                    TopLogprob(token=other.token, logprob=other.logprob, bytes=other.bytes)
                    for other in entry.top_logprobs
                ],
            )
            for entry in entries
        ]
    )
