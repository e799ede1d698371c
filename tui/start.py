"""Starting the app in this terminal."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.app import PunaApp
from tui.terminal.ascii import needs_ascii

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from backend.settings import Settings
    from tui.connection import Gateway


def run(settings: Settings, host: str = "") -> None:
    """The app, until the user quits. The backend, `host` by name, is looked for, and started, after the first paint."""

    def connect(settings: Settings) -> AbstractAsyncContextManager[Gateway]:
        from tui.backend_process import connected

        return connected(settings)

    if settings.ascii_only is None:
        plain = needs_ascii(os.environ.get("TERM", ""), sys.stdout.encoding)
        settings = replace(settings, ascii_only=plain)
    PunaApp(settings, connect, host=host).run()
