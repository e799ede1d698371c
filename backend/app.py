"""The one place where the backend's objects are wired together, and its life from start to end."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import stat
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from backend.engine.local import LocalEngine
from backend.errors import BackendError, SettingsError
from backend.events import Changes
from backend.http.generation import Generation
from backend.http.models import Models
from backend.http.running import Running
from backend.http.server import make_app
from backend.http.workstation import Workstation
from backend.inference.service import Inference
from backend.monitor.requests import LiveRequests
from backend.runner.process import LLAMA_COMMAND
from backend.scheduler.scheduler import Scheduler
from backend.store.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from pathlib import Path

    from backend.settings import Settings

_SHUTDOWN_S = 2.0  # open requests other than generations may take this long to end, and once more when told to


@asynccontextmanager
async def running(settings: Settings, runner_command: Sequence[str] = LLAMA_COMMAND) -> AsyncIterator[None]:
    """A backend that serves for as long as the block lasts. Both doors are open when the block begins.

    Raises `SettingsError` for an address that is open to the world, `BackendError` for one that is taken: before
    anything in the store is touched.
    """
    _refuse_open_bind(settings)
    with contextlib.ExitStack() as sockets:
        tcp = sockets.enter_context(_tcp_socket(settings))
        unix = sockets.enter_context(_unix_socket(settings.socket))
        store = Store(settings.models, noprune=settings.noprune)
        await asyncio.to_thread(store.upgrade)
        await asyncio.to_thread(store.prune, time.time())
        changes = Changes()
        live = LiveRequests(changes)
        async with LocalEngine(settings.load_timeout, runner_command) as engine:
            scheduler = Scheduler(engine, (await engine.nodes())[0], settings, changes)
            inference = Inference(store, scheduler)
            app = make_app(
                [
                    Generation(inference, live).routes(),
                    Models(store, changes).routes(),
                    Running(store, scheduler).routes(),
                    Workstation(scheduler, live, store, changes).routes(),
                ],
                settings.origins,
            )

            async def end_generations(_: web.Application) -> None:
                live.cancel_all()

            app.on_shutdown.append(end_generations)
            async with asyncio.TaskGroup() as group:  # a scheduler that fails ends the backend, aloud
                scheduling = group.create_task(scheduler.run(), name="scheduler")
                async with _serving(app, (tcp, unix)):
                    yield
                scheduling.cancel()


@asynccontextmanager
async def _serving(app: web.Application, sockets: Sequence[socket.socket]) -> AsyncIterator[None]:
    # A client that goes away cancels its handler, and with it the generation.
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=_SHUTDOWN_S)
    await runner.setup()
    try:
        for sock in sockets:
            await web.SockSite(runner, sock).start()
        yield
    finally:
        await runner.cleanup()


def _refuse_open_bind(settings: Settings) -> None:
    if not settings.address.is_loopback:
        raise SettingsError(
            f"refusing to listen on {settings.address.host}: anyone who reaches it could use this machine, and this "
            "version has no keys. Listen on 127.0.0.1 and forward the port: ssh -L 11434:127.0.0.1:11434 this-host"
        )


def _tcp_socket(settings: Settings) -> socket.socket:
    address = settings.address
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((address.host, address.port))
        sock.listen(1024)
    except OSError as error:
        sock.close()
        reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
        raise BackendError(
            f"the address {address.host}:{address.port} {reason}; stop what listens there, or set OLLAMA_HOST"
        ) from error
    return sock


@contextlib.contextmanager
def _unix_socket(path: Path) -> Iterator[socket.socket]:
    """A listening unix socket that only this user can reach; its file is removed at the end."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _remove_stale(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    new = path.with_name(f"{path.name}~")
    new.unlink(missing_ok=True)
    try:
        _bind_private(sock, new)
        sock.listen(1024)
        new.rename(path)  # whoever sees the path can connect
        yield sock
    finally:
        sock.close()
        path.unlink(missing_ok=True)


def _bind_private(sock: socket.socket, path: Path) -> None:
    previous = os.umask(0o177)
    try:
        sock.bind(str(path))
    finally:
        os.umask(previous)


def _remove_stale(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise BackendError(f"{path} exists and is no socket; remove it, or set PUNA_SOCKET")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)  # its owner was killed
        else:
            raise BackendError(f"another backend answers on {path}; stop it, or set PUNA_SOCKET")
