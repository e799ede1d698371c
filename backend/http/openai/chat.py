"""`POST /v1/chat/completions` (the specification's section B.2)."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from aiohttp import web

from backend.http.body import decode
from backend.http.generation import client_of
from backend.http.openai.chat_reply import Chunks, whole
from backend.http.openai.chat_request import must_call, native
from backend.http.openai.errors import DONE, error_frames
from backend.http.openai.reply import json_reply
from backend.http.sse import EventStream
from backend.inference.forced_call import as_calls
from backend.inference.pieces import Rendered
from backend.wire.openai import ChatCompletionRequest

if TYPE_CHECKING:
    from backend.inference.service import Inference
    from backend.monitor.requests import LiveRequests


class ChatCompletions:
    """The handler over the chats of inference."""

    def __init__(self, inference: Inference, live: LiveRequests) -> None:
        self._inference = inference
        self._live = live

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/v1/chat/completions", self.complete)]

    async def complete(self, request: web.Request) -> web.StreamResponse:
        body = await decode(request, ChatCompletionRequest, if_empty="EOF")
        asked = native(body)
        with self._live.track("chat", body.model, client_of(request)) as live:
            reply = self._inference.chat(asked, live)
            async with aclosing(as_calls(reply) if must_call(body) else reply) as parts:
                if not body.stream or body.debug_render_only:
                    return json_reply(await whole(body.model, parts))
                stream = EventStream(request, error_frames)
                chunks = Chunks(body.model, include_usage=body.stream_options.include_usage)
                async for part in parts:
                    if isinstance(part, Rendered):
                        continue
                    for chunk in chunks.of(part):
                        await stream.send(chunk)
                await stream.send_raw(DONE)
                return await stream.finish()
