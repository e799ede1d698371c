"""The one place where the backend's objects are wired together, and its life from start to end."""

from __future__ import annotations

import asyncio
import contextlib
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from backend import doors
from backend.engine.local import LocalEngine
from backend.events import Changes
from backend.http import account
from backend.http.anthropic.messages import Messages
from backend.http.generation import Generation
from backend.http.models import Models
from backend.http.openai.routes import routes as openai_routes
from backend.http.responses.routes import Responses
from backend.http.runners import Runners
from backend.http.running import Running
from backend.http.server import make_app
from backend.http.sessions import Sessions
from backend.http.share import Share
from backend.http.views import Views
from backend.http.workstation import Workstation
from backend.inference.planning import Planning
from backend.inference.service import Inference
from backend.inference.turn import replies
from backend.monitor.requests import LiveRequests
from backend.monitor.sampler import Sampler
from backend.registry.key import KeyPair
from backend.registry.transfers import Transfers
from backend.runner.process import LLAMA_COMMAND
from backend.scheduler.scheduler import Scheduler
from backend.sessions.store import SessionStore
from backend.sessions.turns import Turns
from backend.store.store import Store

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Sequence

    from backend.settings import Settings

_SHUTDOWN_S = 2.0  # open requests other than generations may take this long to end, and once more when told to


@asynccontextmanager
async def running(settings: Settings, runner_command: Sequence[str] = LLAMA_COMMAND) -> AsyncIterator[None]:
    """A backend that serves for as long as the block lasts. Both doors are open when the block begins.

    Raises `SettingsError` for an address that is open to the world, `BackendError` for one that is taken: before
    anything in the store is touched.
    """
    with contextlib.ExitStack() as sockets:
        tcp = sockets.enter_context(doors.tcp(settings.address))
        unix = sockets.enter_context(doors.unix(settings.socket))
        store = Store(settings.models, noprune=settings.noprune)
        await asyncio.to_thread(store.upgrade)
        await asyncio.to_thread(store.prune, time.time())
        changes = Changes()
        transfers = Transfers(store.blobs, KeyPair(settings.registry_key))
        live = LiveRequests(changes)
        async with (
            SessionStore.open(settings.state / "sessions.db", changes) as sessions,
            LocalEngine(settings.load_timeout, runner_command) as engine,
        ):
            scheduler = Scheduler(engine, settings, changes)
            inference = Inference(store, scheduler, go_template=settings.go_template)
            turns = Turns(sessions, replies(inference, live))
            planning = Planning(store, scheduler, go_template=settings.go_template)
            sampler = Sampler(changes.touch)
            sockets.callback(sampler.close)
            views = Views(scheduler, live, store, sessions, sampler)
            app = make_app(
                [
                    Generation(inference, live).routes(),
                    Messages(inference, live).routes(),
                    Responses(inference, live).routes(),
                    Models(store, transfers, changes, go_template=settings.go_template).routes(),
                    Running(store, scheduler).routes(),
                    account.routes(),
                    openai_routes(inference, live, store),
                    Workstation(live, changes, views).routes(),
                    Runners(scheduler, planning, live, views).routes(),
                    Sessions(sessions, turns, store, changes).routes(),
                    *([Share(store).routes()] if settings.share else []),
                ],
                settings.origins,
            )

            async def end_generations(_: web.Application) -> None:
                await turns.close()
                live.cancel_all("the backend is shutting down")

            app.on_shutdown.append(end_generations)
            async with asyncio.TaskGroup() as group:  # a scheduler that fails ends the backend, aloud
                scheduling = group.create_task(scheduler.run(), name="scheduler")
                async with _serving(app, (tcp, unix)):
                    yield
                scheduling.cancel()


@asynccontextmanager
async def _serving(app: web.Application, sockets: Sequence[socket.socket]) -> AsyncIterator[None]:
    # A client that goes away cancels its handler, and with it the generation.
    runner = web.AppRunner(
        app, handler_cancellation=True, access_log=None, shutdown_timeout=_SHUTDOWN_S, auto_decompress=False
    )
    await runner.setup()
    try:
        for sock in sockets:
            await web.SockSite(runner, sock).start()
        yield
    finally:
        await runner.cleanup()
