"""What the tests that take pictures share: sizes, themes, and the keys that lead to a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tui.opened import NARROW, WIDE, press, settle, until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot
    from textual.screen import Screen

    from tui.app import PunaApp

    Drive = Callable[[Pilot[None]], Awaitable[None]]

THEMES = ("puna-dark", "puna-light", "puna-contrast")
IN_THEMES = pytest.mark.parametrize("theme", THEMES)
IN_SIZES = pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])


async def ready(app: PunaApp, pilot: Pilot[None]) -> None:
    """The app has read models and chats."""
    await until(pilot, lambda: app.workspace.models_known and app.chats.known)
    await settle(pilot)


def keys(app: PunaApp, shows: type[Screen[object]], *pressed: str) -> Drive:
    """Press these keys, which lead to a screen of the class `shows`."""

    async def drive(pilot: Pilot[None]) -> None:
        await ready(app, pilot)
        await press(pilot, *pressed)
        assert type(app.screen) is shows

    return drive
