"""`python -m backend`: the backend in the foreground, until SIGINT or SIGTERM."""

from __future__ import annotations

import asyncio
import logging
import resource
import signal
import sys
from dataclasses import replace

from backend import __version__, logs
from backend.errors import BackendError, SettingsError
from backend.keys import Keyring
from backend.settings import Settings, load

_log = logging.getLogger("backend")
_DESCRIPTORS = 65536


def main() -> int:
    """Serve until told to stop. Exit status 1, and a line that says why, if it cannot start."""
    try:
        settings = load()
        logs.begin(settings)
        _allow_descriptors()
        asyncio.run(_serve(settings))
    except (BackendError, SettingsError) as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    return 0


def _allow_descriptors() -> None:
    """As many open files as may be asked for, up to what the doors could need: the usual 1,024 are too few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _serve(settings: Settings) -> None:
    from backend.app import running

    stop, hurry = asyncio.Event(), asyncio.Event()

    def told_to_stop() -> None:
        (hurry if stop.is_set() else stop).set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told_to_stop)
    async with running(settings, hurry=hurry):
        _greet(settings)
        await stop.wait()
        _log.info("ending: what is generated now may end; a second signal ends it at once")


def _greet(settings: Settings) -> None:
    """Say where the backend listens, and who else can reach it."""
    if settings.socket_only:
        _log.info("Listening on %s alone (version %s)", settings.socket, __version__)
        return
    tls = bool(settings.tls_certificate.name)
    address = replace(settings.address, scheme="https" if tls else "http")
    _log.info("Listening on %s and %s (version %s)", address.url, settings.socket, __version__)
    if settings.require_key and not Keyring(settings.state).list():
        _log.warning("there is no key yet, so only the socket is of use; `puna keys create NAME` makes one")
    if not address.is_loopback:
        if not tls:
            _log.warning("keys and prompts cross the network in the clear, as PUNA_INSECURE_PLAINTEXT=1 allows")
    elif not settings.require_key:
        _log.info(
            "every user of this machine reaches it; PUNA_REQUIRE_KEY=1 wants a key of them, "
            "PUNA_SOCKET_ONLY=1 leaves the socket, which is yours alone"
        )


if __name__ == "__main__":
    sys.exit(main())
