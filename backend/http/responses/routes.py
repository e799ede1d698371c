"""`POST /v1/responses` (the specification's section B.6)."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from aiohttp import web

from backend.http.body import decode
from backend.http.generation import client_of
from backend.http.openai.reply import json_reply
from backend.http.responses.reply import ResponseBuilder
from backend.http.responses.request import native
from backend.http.responses.tools import must_call
from backend.http.sse import EventStream
from backend.inference.forced_call import as_calls
from backend.wire.responses import ResponsesRequest

if TYPE_CHECKING:
    from backend.inference.service import Inference
    from backend.monitor.requests import LiveRequests


class Responses:
    """The handler over the chats of inference. Nothing is stored: every request brings its whole conversation."""

    def __init__(self, inference: Inference, live: LiveRequests) -> None:
        self._inference = inference
        self._live = live

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/v1/responses", self.create)]

    async def create(self, request: web.Request) -> web.StreamResponse:
        body = await decode(request, ResponsesRequest, if_empty="EOF")
        asked = native(body)
        builder = ResponseBuilder(body)
        stream = EventStream(request, builder.fail) if body.stream else None
        begun = False
        with self._live.track("chat", body.model, client_of(request)) as live:
            reply = self._inference.chat(asked, live)
            async with aclosing(as_calls(reply) if must_call(body) else reply) as parts:
                async for part in parts:
                    if stream is not None and not begun:  # not earlier: until then an error can have its status
                        await stream.send_raw(builder.begin())
                        begun = True
                    frames = builder.take(part)
                    if stream is not None and frames:
                        await stream.send_raw(frames)
        return json_reply(builder.response) if stream is None else await stream.finish()
