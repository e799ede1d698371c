"""`python -m backend`: the backend in the foreground, until SIGINT or SIGTERM."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

from backend import __version__
from backend.errors import BackendError, SettingsError
from backend.settings import Settings, load


def main() -> int:
    """Serve until told to stop. Exit status 1, and a line that says why, if it cannot start."""
    try:
        settings = load()
        logging.basicConfig(
            level=logging.DEBUG if settings.debug else logging.INFO,
            format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        )
        asyncio.run(_serve(settings))
    except (BackendError, SettingsError) as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    return 0


async def _serve(settings: Settings) -> None:
    from backend.app import running

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with running(settings):
        logging.getLogger("backend").info(
            "Listening on %s and %s (version %s)", settings.address.url, settings.socket, __version__
        )
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
