"""Where every action's trial is noted: what its keys do, seen from outside."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.tui.scripted import ScriptedBackend
    from tui.app import PunaApp

Trial = Callable[["PunaApp", "Pilot[None]", "ScriptedBackend"], Awaitable[None]]
TRIES: dict[str, Trial] = {}


def tries(action_id: str) -> Callable[[Trial], Trial]:
    """The function tries this action by its keys in an app with two models, connected, nothing loaded."""

    def note(function: Trial) -> Trial:
        assert action_id not in TRIES
        TRIES[action_id] = function
        return function

    return note


def on_workbench(app: PunaApp) -> bool:
    return app.screen is app.panes
