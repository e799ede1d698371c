"""What chats look like: several open, a branch that begins, list and search. `--snapshot-update` takes new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tui.opened import make, press, settle, until
from tests.tui.pictured import IN_SIZES, IN_THEMES, ready
from tests.tui.scripted import ScriptedBackend
from tui.screens.chat_list import ChatList
from tui.screens.enter_text import EnterText
from tui.screens.search_chats import SearchChats
from tui.screens.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot
    from textual.screen import Screen

    from tests.tui.pictured import Drive
    from tui.app import PunaApp

SCREENS = [
    pytest.param(Workbench, (), id="open"),
    pytest.param(Workbench, ("escape", "[", "[", "e"), id="branch"),
    pytest.param(ChatList, ("f7",), id="list"),
    pytest.param(EnterText, ("f7", "ctrl+t"), id="tags"),
    pytest.param(SearchChats, ("ctrl+r", *"wind"), id="search"),
]


def stocked() -> ScriptedBackend:
    backend = ScriptedBackend("smollm2:135m", "gemma3:270m")
    sessions = backend.sessions
    sessions.add("wie fliegt ein drache", "Mit Wind.", title="Drachen")
    turbine = sessions.add("how does a wind turbine work", "Moving air lifts the blades.", title="Wind turbines")
    turbine.tags = ["energy", "school"]
    sessions.running(sessions.add("what is the moon made of", title="The moon, and what it is made of"))
    sessions.add("review this parser", "It is **fine**.", "and its tests?", "There are none.", title="Review")
    return backend


def driven(app: PunaApp, backend: ScriptedBackend, shows: type[Screen[object]], *pressed: str) -> Drive:
    """With three chats open, the second of them shown, and these keys pressed."""

    async def drive(pilot: Pilot[None]) -> None:
        await ready(app, pilot)
        for session in list(backend.sessions.stored.values())[1::2]:
            app.chats.open(session.id)
            await settle(pilot)
        await press(pilot, *pressed)
        if "ctrl+r" in pressed:
            await until(pilot, lambda: "found" in str(app.screen.query_one(".dialog").border_title))
        assert type(app.screen) is shows

    return drive


@IN_THEMES
@IN_SIZES
@pytest.mark.parametrize(("shows", "pressed"), SCREENS)
def test_chats(
    snap_compare: Callable[..., bool],
    shows: type[Screen[object]],
    pressed: tuple[str, ...],
    size: tuple[int, int],
    theme: str,
) -> None:
    backend = stocked()
    app = make(backend, theme)
    assert snap_compare(app, terminal_size=size, run_before=driven(app, backend, shows, *pressed))
