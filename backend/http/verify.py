"""`/puna/v1/verify`: whether the blobs of the store are what their names say, as a stream of lines."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from typing import TYPE_CHECKING

from aiohttp import web

from backend.errors import BackendError
from backend.http.body import decode
from backend.http.reply import LineStream, printable
from backend.registry.repair import repair
from backend.registry.threaded import threaded
from backend.store.name import ModelName
from backend.store.verify import Finding, Step, verify
from backend.wire.verify import FindingView, VerifyLine, VerifyRequest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from backend.monitor.requests import LiveRequests
    from backend.registry.transfers import Transfers
    from backend.store.store import Store

_TELL_S = 0.1  # between lines that find nothing
_LONGEST_REST_S = 1.0


class Verify:
    """The handler over the store. One at a time: it reads as fast as the disk gives."""

    def __init__(self, store: Store, transfers: Transfers, live: LiveRequests) -> None:
        self._store = store
        self._transfers = transfers
        self._live = live
        self._busy = False

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/puna/v1/verify", self.verify)]

    async def verify(self, request: web.Request) -> web.StreamResponse:
        """The body is a `VerifyRequest`, the answer `VerifyLine`s."""
        body = await decode(request, VerifyRequest)
        name = ModelName.parse(body.model) if body.model else None
        if self._busy:
            raise BackendError("the store is being verified already; wait until that has ended", status=409)
        self._busy = True
        stream = LineStream(request)
        try:
            async with aclosing(self._lines(name, mend=body.repair)) as lines:
                async for line in lines:
                    await stream.send(line)
        finally:
            self._busy = False
        return await stream.finish()

    async def _lines(self, name: ModelName | None, *, mend: bool) -> AsyncGenerator[VerifyLine, None]:
        told, step, damaged = 0.0, Step(0, 0, 0, 0), []
        async with aclosing(threaded(verify(self._store, name, time.time()))) as steps:
            begun = time.monotonic()
            async for step in steps:
                now = time.monotonic()
                if mend and step.finding is not None and _can_be_fetched(step.finding):
                    damaged.append(step.finding)
                elif step.finding is not None or now - told >= _TELL_S:
                    told = now
                    yield _line(step, _view(step.finding) if step.finding else None)
                if any(self._live):  # it takes half of the disk's time and of a core's from those who generate
                    await asyncio.sleep(min(now - begun, _LONGEST_REST_S))
                begun = time.monotonic()
        for finding in damaged:
            async with aclosing(self._repair(finding, step)) as lines:
                async for line in lines:
                    yield line
        yield _line(step, done=True)

    async def _repair(self, finding: Finding, step: Step) -> AsyncGenerator[VerifyLine, None]:
        if finding.digest is None:
            return
        view = _view(finding)
        try:
            fetching = repair(self._store, self._transfers, finding.digest, finding.expected, finding.models)
            async with aclosing(fetching) as counts:
                async for completed in counts:
                    yield VerifyLine(
                        doing="repairing",
                        completed=completed,
                        total=finding.expected,
                        blobs=step.blobs,
                        models=step.models,
                    )
            view.repaired = True
        except BackendError as error:
            view.failure = printable(error.message)
        yield _line(step, view)


def _can_be_fetched(finding: Finding) -> bool:
    return finding.digest is not None and finding.fault.is_damage


def _line(step: Step, finding: FindingView | None = None, *, done: bool = False) -> VerifyLine:
    return VerifyLine(
        doing="verifying",
        completed=step.completed,
        total=step.total,
        blobs=step.blobs,
        models=step.models,
        finding=finding,
        done=done,
    )


def _view(finding: Finding) -> FindingView:
    return FindingView(
        fault=finding.fault.value,
        file=printable(finding.file),
        text=printable(finding.text),
        size=finding.size,
        expected=finding.expected,
        models=[str(name) for name in finding.models],
        damage=finding.fault.is_damage,
    )
