"""The one client of every runner: llama-server's HTTP over a unix socket, read event by event.

A generation is always streamed, because the engine notices a hang-up late otherwise, and always with
`return_progress`, so that it is also noticed while the prompt is evaluated.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson

from backend.errors import BadRequest, EngineRefused, RunnerDied
from backend.runner.spec import media_marker

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable

Event = dict[str, Any]
_EVENT_LIMIT = 8 << 20  # bytes, the specification's section I.3
_SILENCE_S = 10.0  # without a byte before the engine is asked whether it lives
_PROBE_S = 5.0
_KEEPALIVE_S = 4.0  # the engine hangs up idle connections after 5 s


class RunnerClient:
    """Speaks to one runner. Raises `EngineRefused` with the engine's status and raw text for an answer ≥ 400, and
    `RunnerDied` when the runner ends, sends garbage, or neither sends nor answers a probe.
    """

    def __init__(self, socket: str, key: str) -> None:
        self.media_marker = media_marker(key)
        self._calls = _session(key, aiohttp.UnixConnector(socket, limit=0, keepalive_timeout=_KEEPALIVE_S))
        # The engine hangs up after a stream without saying so: such a connection must not go back to a pool.
        self._streams = _session(key, aiohttp.UnixConnector(socket, limit=0, force_close=True))

    async def close(self) -> None:
        await self._calls.close()
        await self._streams.close()

    async def healthy(self) -> bool:
        """Whether the engine is loaded and answers soon."""
        try:
            async with asyncio.timeout(_PROBE_S), self._calls.get("/health") as response:
                await response.read()
                return response.status == 200
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False

    async def call(self, path: str, body: Event) -> Event:
        """One request, one JSON answer, however long the engine works on it."""
        answer = asyncio.ensure_future(self._answer(path, body))
        try:
            while not (await asyncio.wait((answer,), timeout=_SILENCE_S))[0]:
                if not await self.healthy():
                    raise RunnerDied("the model runner stopped answering")
            return answer.result()
        finally:
            answer.cancel()

    async def _answer(self, path: str, body: Event) -> Event:
        async with _post(self._calls, path, body) as response:
            return _parse(await _received(response.read()))

    async def stream(self, path: str, body: Event) -> AsyncGenerator[Event, None]:
        """The server-sent events of one generation. Closing the iterator hangs up, which stops the generation."""
        body = body | {"stream": True, "return_progress": True}
        async with _post(self._streams, path, body) as response:
            watch = asyncio.create_task(self._watch(response.content), name="watch a stream")
            try:
                rest = b""
                while chunk := await _received(response.content.readany()):
                    *lines, rest = (rest + chunk).split(b"\n")
                    for line in lines:
                        if line.startswith(b"data: ") and line != b"data: [DONE]":
                            yield _checked(_parse(line[6:]))
                        elif line.startswith(b"error: "):
                            raise _refusal(500, line[7:])
                    if len(rest) > _EVENT_LIMIT:
                        raise RunnerDied("the model runner sent an event without end")
            finally:
                watch.cancel()

    async def _watch(self, content: aiohttp.StreamReader) -> None:
        """Ask a silent runner for its health; the stream of one that does not answer raises. Costs tokens nothing."""
        while True:
            before = content.total_bytes
            await asyncio.sleep(_SILENCE_S)
            if content.total_bytes == before and not await self.healthy():
                content.set_exception(RunnerDied("the model runner stopped answering"))
                return


def _session(key: str, connector: aiohttp.BaseConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        "http://runner",
        connector=connector,
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=_PROBE_S),
    )


async def _received(reading: Awaitable[bytes]) -> bytes:
    """What aiohttp reads. Of a connection that is lost right after the end of a chunk it does not say so properly."""
    try:
        return await reading
    except RuntimeError as error:
        raise aiohttp.ClientPayloadError(str(error)) from error


@asynccontextmanager
async def _post(session: aiohttp.ClientSession, path: str, body: Event) -> AsyncIterator[aiohttp.ClientResponse]:
    try:
        data = orjson.dumps(body)
    except orjson.JSONEncodeError as error:  # nested too deep, or a number of more than 64 bits
        raise BadRequest(f"the model runner cannot be sent the request: {error}") from None
    try:
        async with session.post(path, data=data) as response:
            if response.status >= 400:
                raise _refusal(response.status, await response.read())
            yield response
    except (aiohttp.ClientError, OSError) as error:
        raise RunnerDied(
            "model runner has unexpectedly stopped, this may be due to resource limitations or an internal error"
        ) from error


def _parse(data: bytes) -> Event:
    try:
        event = orjson.loads(data)
    except ValueError as error:
        raise RunnerDied("the model runner sent something that is not JSON") from error
    if not isinstance(event, dict):
        raise RunnerDied("the model runner sent something that is not a JSON object")
    return event


def _checked(event: Event) -> Event:
    if "error" in event:
        raise _refusal(500, orjson.dumps(event))
    return event


def _refusal(status: int, body: bytes) -> EngineRefused:
    return EngineRefused(body.decode("utf-8", "replace").strip() or f"engine status {status}", status=status)
