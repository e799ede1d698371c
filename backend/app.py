"""The one place where the backend's objects are wired together, and its life from start to end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from backend import doors
from backend.downloads.queue import DownloadQueue
from backend.drain import DRAIN_S, drained
from backend.engine.local import LocalEngine
from backend.events import Changes
from backend.http import account
from backend.http.anthropic.messages import Messages
from backend.http.downloads import Downloads
from backend.http.engines import EngineRoutes, Engines
from backend.http.gate import Rules
from backend.http.generation import Generation
from backend.http.keys import Keys
from backend.http.models import Models
from backend.http.openai.routes import routes as openai_routes
from backend.http.responses.routes import Responses
from backend.http.roofline import Roofline
from backend.http.runners import Runners
from backend.http.running import Running
from backend.http.server import DRAINING, make_app
from backend.http.serving import Listener, serving
from backend.http.sessions import Sessions
from backend.http.share import Share
from backend.http.verify import Verify
from backend.http.views import Views
from backend.http.workstation import Workstation
from backend.inference.planning import Planning
from backend.inference.service import Inference
from backend.inference.turn import replies
from backend.keys import Keyring
from backend.llama_server import examine
from backend.monitor.requests import LiveRequests
from backend.monitor.sampler import Sampler
from backend.registry.key import KeyPair
from backend.registry.pull import steps
from backend.registry.transfers import Transfers
from backend.scheduler.scheduler import Scheduler
from backend.sessions.store import SessionStore
from backend.sessions.turns import Turns
from backend.store.store import Store
from backend.tls import server_context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from aiohttp import web

    from backend.llama_server import LlamaServer
    from backend.settings import Settings

_log = logging.getLogger(__name__)
_CONNECTIONS = 1024  # of each door, beside those whose requests wait in the queue


@asynccontextmanager
async def running(
    settings: Settings,
    runner_command: Sequence[str] = (),
    drain_s: float = DRAIN_S,
    hurry: asyncio.Event | None = None,
) -> AsyncIterator[None]:
    """A backend that serves for as long as the block lasts. Its doors are open when the block begins. `runner_command`
    as in `LocalEngine`.

    At the end generations may take `drain_s` more seconds, unless `hurry` is set; their clients are told what ended
    them. Raises `SettingsError` for an address that is open to the world and for a llama-server that cannot be used,
    `BackendError` for an address that is taken: before anything in the store is touched.
    """
    keyring = Keyring(settings.state)
    doors.check_exposure(settings, keyring)
    tls = server_context(settings.tls_certificate, settings.tls_key)
    engines = Engines(await _llama_server(settings))
    with contextlib.ExitStack() as stack:
        listeners = [] if settings.socket_only else [Listener(stack.enter_context(doors.tcp(settings.address)), tls)]
        listeners.append(Listener(stack.enter_context(doors.unix(settings.socket))))
        store = Store(settings.models, noprune=settings.noprune)
        changes = Changes()
        transfers = Transfers(store.blobs, KeyPair(settings.registry_key))
        sampler = stack.enter_context(closing(Sampler(changes.touch)))
        async with (
            SessionStore.open(settings.state / "sessions.db", changes) as sessions,
            LocalEngine(settings.load_timeout, runner_command, settings.llama_server) as engine,
            _downloads(settings, store, transfers, changes) as downloads,
        ):
            scheduler = Scheduler(engine, settings, changes)
            live = LiveRequests(changes)
            house = _House(
                settings, keyring, store, sessions, scheduler, downloads, transfers, sampler, engines, changes, live
            )
            app = house.application()
            async with _scheduling(scheduler), serving(app, listeners, _CONNECTIONS + settings.max_queue):
                yield
                app[DRAINING].set()
                await drained(live, changes, drain_s, hurry or asyncio.Event())


async def _llama_server(settings: Settings) -> LlamaServer | None:
    if settings.llama_server is None:
        return None
    found = await asyncio.to_thread(examine, settings.llama_server)
    _log.info("models in GGUF files run in %s, version %s", found.path, found.version)
    return found


@asynccontextmanager
async def _scheduling(scheduler: Scheduler) -> AsyncIterator[None]:
    """The scheduler at work: one that fails ends the backend, aloud."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(scheduler.run(), name="scheduler")
        yield
        task.cancel()


@asynccontextmanager
async def _downloads(
    settings: Settings, store: Store, transfers: Transfers, changes: Changes
) -> AsyncIterator[DownloadQueue]:
    """The downloads, over a store that is up to date and without what nobody needs: they hold what they have."""
    await asyncio.to_thread(store.upgrade)
    pull = partial(steps, store, transfers)
    slots = max(1, settings.max_downloads)
    async with DownloadQueue.open(settings.state / "downloads.json", store, pull, changes, slots) as downloads:
        await asyncio.to_thread(store.prune, time.time())
        yield downloads


@dataclass(frozen=True, slots=True)
class _House:
    """What the routes are made over."""

    settings: Settings
    keyring: Keyring
    store: Store
    sessions: SessionStore
    scheduler: Scheduler
    downloads: DownloadQueue
    transfers: Transfers
    sampler: Sampler
    engines: Engines
    changes: Changes
    live: LiveRequests

    def application(self) -> web.Application:
        """The routes of every family."""
        store, scheduler, changes = self.store, self.scheduler, self.changes
        go_template = self.settings.go_template
        live = self.live
        own_server = self.settings.llama_server is not None
        inference = Inference(store, scheduler, go_template=go_template, own_server=own_server)
        turns = Turns(self.sessions, replies(inference, live))
        planning = Planning(store, scheduler, go_template=go_template, own_server=own_server)
        views = Views(scheduler, live, store, self.sessions, self.downloads, self.sampler, self.engines)
        app = make_app(
            [
                Generation(inference, live).routes(),
                Messages(inference, live).routes(),
                Responses(inference, live).routes(),
                Models(store, self.transfers, changes, go_template=go_template).routes(),
                Verify(store, self.transfers, live).routes(),
                Running(store, scheduler).routes(),
                account.routes(),
                openai_routes(inference, live, store),
                Workstation(live, self.downloads, changes, views).routes(),
                EngineRoutes(self.engines, inference).routes(),
                Roofline(store).routes(),
                Runners(scheduler, planning, live, views).routes(),
                Downloads(self.downloads).routes(),
                Sessions(self.sessions, turns, store, changes).routes(),
                Keys(self.keyring).routes(),
                *([Share(store).routes()] if self.settings.share else []),
            ],
            self._rules(),
        )

        async def end_generations(_: web.Application) -> None:
            await turns.close()
            live.cancel_all("the backend is shutting down")

        app.on_shutdown.append(end_generations)
        return app

    def _rules(self) -> Rules:
        settings = self.settings
        return Rules(
            self.keyring,
            require_key=settings.require_key or not settings.address.is_loopback,
            origins=settings.origins,
            hosts=(*settings.hosts, settings.address.host.lower()),
        )
