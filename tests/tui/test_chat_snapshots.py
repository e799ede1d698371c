"""What chats look like: several open, a branch that begins, list and search. `--snapshot-update` takes new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tui.opened import NARROW, WIDE, make, press, settle, until
from tests.tui.scripted import ScriptedBackend

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from tui.app import PunaApp

THEMES = ("puna-dark", "puna-light", "puna-contrast")
SIZES = pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])


def stocked() -> ScriptedBackend:
    backend = ScriptedBackend("smollm2:135m", "gemma3:270m")
    sessions = backend.sessions
    sessions.add("wie fliegt ein drache", "Mit Wind.", title="Drachen")
    turbine = sessions.add("how does a wind turbine work", "Moving air lifts the blades.", title="Wind turbines")
    turbine.tags = ["energy", "school"]
    sessions.running(sessions.add("what is the moon made of", title="The moon, and what it is made of"))
    sessions.add("review this parser", "It is **fine**.", "and its tests?", "There are none.", title="Review")
    return backend


def driven(app: PunaApp, backend: ScriptedBackend, *pressed: str) -> Callable[[Pilot[None]], object]:
    """With three chats open, the second of them shown, and these keys pressed."""

    async def drive(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.workspace.models_known and app.chats.known)
        for session in list(backend.sessions.stored.values())[1::2]:
            app.chats.open(session.id)
            await settle(pilot)
        await press(pilot, *pressed)
        if "ctrl+r" in pressed:
            await until(pilot, lambda: "found" in str(app.screen.query_one(".dialog").border_title))

    return drive


@pytest.mark.parametrize("theme", THEMES)
@SIZES
@pytest.mark.parametrize(
    "pressed",
    [(), ("escape", "[", "[", "e"), ("f7",), ("f7", "ctrl+t"), ("ctrl+r", *"wind")],
    ids=["open", "branch", "list", "tags", "search"],
)
def test_chats(snap_compare: Callable[..., bool], pressed: tuple[str, ...], size: tuple[int, int], theme: str) -> None:
    backend = stocked()
    app = make(backend, theme)
    assert snap_compare(app, terminal_size=size, run_before=driven(app, backend, *pressed))
