"""What the user can have done to the line to the backend: look for it again, or switch to another one."""

from __future__ import annotations

import asyncio
import socket
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

from backend import __version__
from backend.errors import BackendError, NotFound
from tui.advice import NO_PUNA, reason
from tui.connection import Connection
from tui.connections import Connections, ConnectionsError
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from backend.settings import Settings
    from backend.wire.workstation import Snapshot
    from tui.app import PunaApp
    from tui.connection import Gateway

    Connect = Callable[[Settings], AbstractAsyncContextManager[Gateway]]

_TEST_DEADLINE_S = 10.0


class ConnectionOperations:
    """Over the line that there is and the saved ones. `settings` and `home` are what the app was started with."""

    def __init__(self, app: PunaApp, settings: Settings, home: str, connect: Connect) -> None:
        self._app = app
        self._settings = settings
        self._home = home  # the name of its place for people
        self._connect = connect
        self.saved = Connections(settings.config)
        self._told_version = ""
        self.current = Connection(partial(connect, settings), app.post_message)

    def start(self) -> None:
        """Connect, in place of what is connected."""
        self._app.run_worker(self.current.run(), group="connection", exclusive=True)

    def restart(self) -> None:
        """Start a local backend again, or look for a remote one again."""
        self.current.restart()

    def choose(self) -> None:
        """Offer the saved backends."""
        from tui.screens.connections import Connections as Screen

        def chosen(name: str | None) -> None:
            if name is not None:
                self._switch_to(name)

        self._app.push_screen(Screen(self.saved, self._home, self._app.workspace.host, self._test), chosen)

    def greet(self, snapshot: Snapshot) -> None:
        """Say once if the backend is of another version than this app."""
        if snapshot.version not in (__version__, self._told_version):
            self._app.say(version_note(snapshot.version))
            self._told_version = snapshot.version

    def _switch_to(self, name: str) -> None:
        try:
            saved = self.saved.find(name)
        except ConnectionsError as error:
            self._app.say(str(error), error=True)
            return
        settings = self._settings if saved is None else saved.settings(self._settings)
        self._told_version = ""
        self._app.workers.cancel_all()  # whatever was asked of the other backend
        self.current = Connection(partial(self._connect, settings), self._app.post_message)
        self._app.forget_backend(self._home if saved is None else saved.name)
        self.start()

    async def _test(self, name: str) -> str:
        """One sentence: whether that backend answers, and with which version."""
        try:
            saved = self.saved.find(name)
            settings = self._settings if saved is None else saved.settings(self._settings)
            async with (
                asyncio.timeout(_TEST_DEADLINE_S),
                self._connect(settings) as gateway,
                aclosing(gateway.events()) as events,
            ):
                version = (await anext(events)).version
        except NotFound:
            return f"{name}: {NO_PUNA}"
        except BackendError as error:
            return clean_line(f"{name}: {reason(error)}")
        except ConnectionsError as error:
            return clean_line(str(error))
        except TimeoutError:
            return f"{name} does not answer within {_TEST_DEADLINE_S:.0f} s"
        plain = saved is not None and settings.address.scheme == "http" and saved.key_file != ""
        note = (
            "; the key goes there unencrypted, use https or SSH" if plain and not settings.address.is_loopback else ""
        )
        same = "" if version == __version__ else f"; {version_note(version)}"
        return clean_line(f"{name} answers{same}{note}")


def version_note(version: str) -> str:
    """That backend and app differ, and what follows."""
    return f"the backend is version {clean_line(version)}, this app {__version__}: what one lacks fails there"


def place_name(settings: Settings) -> str:
    """A backend's machine for people: this host, the remote one, or the socket."""
    address = settings.address
    if address.scheme == "unix":
        return clean_line(address.host.rsplit("/", 1)[-1])
    return socket.gethostname() if address.is_loopback else clean_line(address.host)
