"""`POST /v1/messages` and `POST /v1/messages/count_tokens` (the specification's section B.8)."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from aiohttp import web

from backend.http.anthropic.errors import error_frames
from backend.http.anthropic.reply import MessageBuilder
from backend.http.anthropic.request import generation, must_call, prompt
from backend.http.body import decode
from backend.http.generation import client_of
from backend.http.reply import json_reply
from backend.http.sse import EventStream, frame
from backend.inference.forced_call import as_calls
from backend.wire.anthropic import CountReply, CountRequest, Event, MessagesRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from backend.inference.pieces import Part
    from backend.inference.service import Inference
    from backend.monitor.requests import LiveRequest, LiveRequests
    from backend.wire.ollama import ChatRequest


class Messages:
    """The two handlers; `routes` is what the server adds."""

    def __init__(self, inference: Inference, live: LiveRequests) -> None:
        self._inference = inference
        self._live = live

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/v1/messages", self.create), web.post("/v1/messages/count_tokens", self.count)]

    async def create(self, request: web.Request) -> web.StreamResponse:
        body = await decode(request, MessagesRequest, if_empty="EOF")
        asked = generation(body)
        with self._live.track("chat", body.model, client_of(request)) as live:
            await self._drop_thinking(asked)
            reply = self._inference.chat(asked, live)
            async with aclosing(as_calls(reply) if must_call(body) else reply) as parts:
                builder = MessageBuilder(body.model, body.stop_sequences)
                if body.stream:
                    size = sum(len(message.content.encode()) for message in asked.messages)
                    return await _stream(parts, builder, live, size, EventStream(request, error_frames))
                async for part in parts:
                    builder.take(part)
                return json_reply(builder.message)

    async def count(self, request: web.Request) -> web.Response:
        """What Ollama lacks: how many input tokens a request would have."""
        asked = prompt(await decode(request, CountRequest, if_empty="EOF"))
        with self._live.track("chat", asked.model, client_of(request)) as live:
            await self._drop_thinking(asked)
            return json_reply(CountReply(input_tokens=await self._inference.count_tokens(asked, live)))

    async def _drop_thinking(self, asked: ChatRequest) -> None:
        """Clients ask every model to think; here one that cannot is not an error."""
        if asked.think and not await self._inference.is_able(asked.model, "thinking"):
            asked.think = None


async def _stream(
    parts: AsyncIterator[Part], builder: MessageBuilder, live: LiveRequest, size: int, stream: EventStream
) -> web.StreamResponse:
    begun = False
    async for part in parts:
        if not begun:  # not earlier: until then an error can have its status
            await stream.send_raw(_frames([builder.begin(live.prompt_tokens, size)]))
            begun = True
        if events := builder.take(part):
            await stream.send_raw(_frames(events))
    return await stream.finish()


def _frames(events: Iterable[Event]) -> bytes:
    return b"".join(frame(event, str(event.__struct_config__.tag)) for event in events)
