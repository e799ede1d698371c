"""The daemon as the terminal sees it: found if one answers, else started detached. It is never stopped from here."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from backend.errors import BackendError, ConnectFailed
from tui.terminal.sanitize import clean

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from backend.client import Client
    from backend.settings import Settings

START_DEADLINE_S = 15.0
ANSWER_DEADLINE_S = 10.0
_PROBE_EVERY_S = 0.05
# A daemon that ended may have lost the race for the port to one that is about to answer.
_RIVAL_DEADLINE_S = 1.0
_SHOWN_LOG_LINES = 10
_SHOWN_LOG_BYTES = 8192

# Daemons that this process started. Kept, because a `Popen` that is dropped while its process runs warns.
children: list[subprocess.Popen[bytes]] = []


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Client]:
    """A client whose backend answers. Raises what `ensure_backend` raises."""
    from backend.client import Client  # heavy: what only tells of a command need not have it

    await ensure_backend(settings)
    async with Client(settings) as client:
        yield client


async def ensure_backend(settings: Settings) -> str:
    """The version of the backend at `settings.address`, which is started if that is this machine and nobody answers.

    Raises `ConnectFailed` if a remote backend does not answer, `BackendError` with the last lines of its log if the
    started one ends early or is not ready within `START_DEADLINE_S`.
    """
    try:
        return await _version(settings, ANSWER_DEADLINE_S)
    except TimeoutError:
        raise ConnectFailed(
            f"the backend at {settings.address.url} takes connections but does not answer; its log: {settings.log_file}"
        ) from None
    except ConnectFailed:
        if not settings.address.is_loopback:
            raise
    return await _start(settings)


async def _version(settings: Settings, deadline: float) -> str:
    """Ask once. A new client each time, because it looks for the socket when it is made."""
    from backend.client import Client

    async with asyncio.timeout(deadline), Client(settings) as client:
        return await client.version()


async def _start(settings: Settings) -> str:
    log_start = settings.log_file.stat().st_size if settings.log_file.exists() else 0
    child = _spawn(settings)
    clock = asyncio.get_running_loop().time
    deadline = clock() + START_DEADLINE_S
    while (left := deadline - clock()) > 0:
        if child.poll() is not None:
            deadline = min(deadline, clock() + _RIVAL_DEADLINE_S)
        try:
            return await _version(settings, left)
        except (ConnectFailed, TimeoutError):
            await asyncio.sleep(_PROBE_EVERY_S)
    if child.returncode is None:
        what = f"the backend was started but did not answer within {START_DEADLINE_S:.0f} s"
    else:
        what = f"the backend could not be started (it ended with status {child.returncode})"
    raise BackendError(f"{what}; its log, {settings.log_file}, says:\n{_log_tail(settings.log_file, log_start)}")


def _spawn(settings: Settings) -> subprocess.Popen[bytes]:
    """Start the daemon in a session of its own, so that it outlives this terminal; `-P`: never code of this folder."""
    try:
        settings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = os.open(settings.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise BackendError(f"the backend cannot be started: no log at {settings.log_file}: {error.strerror}") from error
    try:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "backend"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=_environment(settings),
            start_new_session=True,
        )
    except OSError as error:
        raise BackendError(f"the backend cannot be started: {error}") from error
    finally:
        os.close(log)
    children.append(child)
    return child


def _environment(settings: Settings) -> dict[str, str]:
    """This process's environment; the places are spelled out, since relative ones would mean others in `/`."""
    places = {
        "OLLAMA_HOST": settings.address.url,
        "OLLAMA_MODELS": str(settings.models),
        "PUNA_SOCKET": str(settings.socket),
        "PUNA_STATE": str(settings.state),
    }
    if settings.llama_server is not None:
        places["PUNA_LLAMA_SERVER"] = str(settings.llama_server)
    if config := os.environ.get("PUNA_CONFIG"):
        places["PUNA_CONFIG"] = os.path.abspath(config)
    kept = {name: value for name, value in os.environ.items() if name != "PUNA_KEY"}  # the daemon needs no client's key
    return kept | places


def _log_tail(path: Path, start: int) -> str:
    """The last lines that were written after the byte `start`, cleaned."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(start, end - _SHOWN_LOG_BYTES))
        text = file.read().decode("utf-8", "replace")
    return "\n".join(clean(text).rstrip().split("\n")[-_SHOWN_LOG_LINES:]) or "(nothing)"
