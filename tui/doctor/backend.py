"""The backend: whether it answers, what it is, and who sits on its port otherwise."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from backend import __version__
from backend.address import DEFAULT_PORT
from backend.client import Client
from backend.errors import BackendError, ConnectFailed, NotFound
from tui.advice import reason
from tui.doctor.finding import Finding, Level
from tui.doctor.llama_server import examine_engines

if TYPE_CHECKING:
    from backend.settings import Settings
    from backend.wire.workstation import EngineView

_GROUP = "Backend"
_DEADLINE_S = 5.0


async def examine_backend(settings: Settings) -> list[Finding]:
    """Ask at the place where clients look; nothing is started."""
    where = settings.address.url
    try:
        async with asyncio.timeout(_DEADLINE_S), Client(settings) as client:
            where = client.place
            version = await client.version()
            try:
                async with aclosing(client.events()) as events:
                    await anext(events)
            except NotFound:
                return [_stranger(settings, f"{where} is answered by an Ollama {version} or its like, not by Puna")]
            engines = await _engines(client)
    except ConnectFailed as error:
        return [_silent(settings, error)]
    except TimeoutError:
        text = f"{where} takes connections but does not answer"
        return [Finding(_GROUP, "answer", Level.PROBLEM, text, f"Look into its log, {settings.log_file}, and end it.")]
    except NotFound:
        return [_stranger(settings, f"{where} is answered by a program that is no backend")]
    except BackendError as error:
        return [Finding(_GROUP, "answer", Level.PROBLEM, f"{where} refuses: {reason(error)}", "Check the key.")]
    found = [Finding(_GROUP, "answer", Level.OK, f"answers at {where}"), *examine_engines(settings, engines)]
    if version != __version__:
        text = f"the backend is version {version}, this app {__version__}"
        todo = "End the backend when nothing runs on it; the next puna starts one of this version."
        return [*found, Finding(_GROUP, "version", Level.ADVICE, text, todo)]
    return [*found, Finding(_GROUP, "version", Level.OK, version)]


async def _engines(client: Client) -> list[EngineView]:
    try:
        return await client.monitor.engines()
    except NotFound:
        return []


def _silent(settings: Settings, error: ConnectFailed) -> Finding:
    if settings.address.is_loopback and (holder := _holder(settings.address.port)):
        return _stranger(settings, f"port {settings.address.port} is held by {holder}")
    if settings.address.is_loopback:
        return Finding(_GROUP, "answer", Level.OK, f"none runs at {settings.address.url}; puna starts one")
    todo = "Start puna serve there, or check address, key and firewall; ssh -L forwards its socket."
    return Finding(_GROUP, "answer", Level.PROBLEM, reason(error), todo)


def _stranger(settings: Settings, text: str) -> Finding:
    other = 11500 if settings.address.port == DEFAULT_PORT else DEFAULT_PORT
    todo = f"Stop it (systemctl stop ollama), or give Puna another port: OLLAMA_HOST=127.0.0.1:{other}"
    return Finding(_GROUP, "port", Level.PROBLEM, text, todo)


def _holder(port: int) -> str:
    """The program that listens on a port of this machine, as far as this user may know; empty if nobody does."""
    import psutil

    try:
        listening = [one for one in psutil.net_connections("tcp") if one.status == psutil.CONN_LISTEN]
    except psutil.Error:
        return ""
    for one in listening:
        if one.laddr and one.laddr.port == port:
            try:
                return f"{psutil.Process(one.pid).name()} (process {one.pid})" if one.pid else "another user's program"
            except psutil.Error:
                return "another program"
    return ""
