"""`/puna/v1/runners` and `/puna/v1/estimate`: what is loaded, loading it as one likes, and what that would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from backend.duration import parse_keep_alive
from backend.errors import BadRequest, NotFound
from backend.http.body import decode
from backend.http.generation import client_of
from backend.http.reply import JSON_TYPE, json_reply, printable
from backend.wire.workstation import BoxView, EstimateView, EvictionView, KeepRequest, LoadRequest, LogView

if TYPE_CHECKING:
    from backend.http.views import Views
    from backend.inference.planning import Planning
    from backend.monitor.requests import LiveRequests
    from backend.scheduler.book import RunnerStatus
    from backend.scheduler.demand import Demand
    from backend.scheduler.estimate import Box, Estimate
    from backend.scheduler.scheduler import Scheduler


class Runners:
    """Handlers over what is loaded."""

    def __init__(self, scheduler: Scheduler, planning: Planning, live: LiveRequests, views: Views) -> None:
        self._scheduler = scheduler
        self._planning = planning
        self._live = live
        self._views = views

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/puna/v1/runners", self.list, allow_head=False),
            web.post("/puna/v1/runners", self.load),
            web.delete("/puna/v1/runners", self.unload_all),
            web.patch("/puna/v1/runners/{id}", self.keep),
            web.delete("/puna/v1/runners/{id}", self.unload),
            web.get("/puna/v1/runners/{id}/log", self.log, allow_head=False),
            web.post("/puna/v1/estimate", self.estimate),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """A list of `RunnerView`, longest remaining time first."""
        return web.Response(body=msgspec.json.encode(self._views.runners()), headers={"Content-Type": JSON_TYPE})

    async def load(self, request: web.Request) -> web.Response:
        """The body is a `LoadRequest`; the answer, when the model is loaded, a `RunnerView`."""
        body = await decode(request, LoadRequest)
        with self._live.track("load", body.model, client_of(request)) as live:
            runner = await self._planning.load(body, live)
        for view in self._views.runners():
            if view.id == runner:
                return json_reply(view)
        raise NotFound(f"{body.model} was unloaded right after it was loaded")

    async def estimate(self, request: web.Request) -> web.Response:
        """The body is a `LoadRequest`; the answer an `EstimateView`. Nothing is loaded."""
        demand, estimate = await self._planning.estimate(await decode(request, LoadRequest))
        return json_reply(_estimate_view(demand, estimate, self._scheduler.statuses()))

    async def keep(self, request: web.Request) -> web.Response:
        """The body is a `KeepRequest`."""
        body = await decode(request, KeepRequest)
        self._scheduler.keep(self._known(request), parse_keep_alive(body.keep_alive))
        return web.Response(status=204)

    async def unload(self, request: web.Request) -> web.Response:
        """When it is idle."""
        self._scheduler.keep(self._known(request), 0)
        return web.Response(status=204)

    async def unload_all(self, request: web.Request) -> web.Response:
        """Each when it is idle."""
        for status in self._scheduler.statuses():
            self._scheduler.keep(status.id, 0)
        return web.Response(status=204)

    async def log(self, request: web.Request) -> web.Response:
        """The engine's own last lines, as plain text; empty for a runner that is forgotten. With the query `from`, a
        `LogView` of the lines from that number on.
        """
        runner = request.match_info["id"]
        ring = self._scheduler.log(runner)
        start = request.query.get("from")
        if start is None:
            return web.Response(text="\n".join(ring.lines) if ring else "")
        if not start.isascii() or not start.isdecimal() or len(start) > 18:
            raise BadRequest("from must be a whole number from 0")
        if ring is None:
            raise NotFound(f"the log of {runner!r} is gone")
        first, lines = ring.since(int(start))
        running = any(status.id == runner for status in self._scheduler.statuses())
        return json_reply(LogView(lines=lines, next=first + len(lines), running=running))

    def _known(self, request: web.Request) -> str:
        runner = request.match_info["id"]
        if all(status.id != runner for status in self._scheduler.statuses()):
            raise NotFound(f"no runner {runner!r} is loaded")
        return runner


def _estimate_view(demand: Demand, estimate: Estimate, statuses: list[RunnerStatus]) -> EstimateView:
    by_id = {status.id: status for status in statuses}
    spec, taken = estimate.spec, estimate.footprint
    return EstimateView(
        model=demand.name,
        num_ctx=spec.n_ctx,
        num_parallel=spec.slots,
        kv_cache_type=spec.kv_cache_type,
        layers_on_gpu=estimate.placement.layers_on_gpu,
        layers=estimate.placement.layers,
        trained_context=demand.facts.trained_context,
        weights=taken.weights,
        kv=taken.kv,
        compute=taken.compute,
        boxes=[_box_view(box) for box in estimate.boxes],
        fits=estimate.fits,
        loaded=estimate.loaded,
        evicts=[
            EvictionView(runner=runner, model=by_id[runner].name, busy=by_id[runner].active > 0)
            for runner in estimate.evicts
            if runner in by_id
        ],
        most_context=estimate.most_context,
        refusal=estimate.refusal,
    )


def _box_view(box: Box) -> BoxView:
    share = box.share
    return BoxView(
        name=printable(box.name) if box.device is not None else "RAM",
        total=box.total,
        taken=box.taken,
        weights=share.weights,
        kv=share.kv,
        compute=share.compute,
        free=box.free,
    )
