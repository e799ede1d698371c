"""What an action is: something the user can have done, with its keys and the reason when it cannot be done now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from tui.connection import Link

if TYPE_CHECKING:
    from tui.app import PunaApp

Run = Callable[["PunaApp"], None]
Reason = Callable[["PunaApp"], "str | None"]


class Scope(Enum):
    """Where an action's plain keys work. Those of `APP` work everywhere but in a text field."""

    APP = "app"
    MODELS = "models"
    RUNNING = "running"
    PARAMETERS = "parameters"
    CHATS = "chats"
    TOKENS = "tokens"
    COMPARE = "compare"
    TRANSCRIPT = "transcript"
    DOWNLOADS = "downloads"


def always(_: PunaApp) -> str | None:
    """The reason of an action that can always be done: none."""
    return None


def connected(app: PunaApp) -> str | None:
    """Why nothing can be asked of the backend now, or `None`."""
    return None if app.workspace.link is Link.UP else "the backend is not connected"


def no_model(app: PunaApp) -> str:
    """That there is nobody to talk to, and what helps."""
    return f"there is no model yet; {app.keys.name('models.get', typing=True)} gets one"


@dataclass(frozen=True, slots=True)
class Action:
    """`keys` do not work while text is typed, `global_keys` always do. None of them is taken by tmux or screen.

    `available` says why it cannot be done now; whoever offers the action shows that reason. `hint` is the word that
    stands beside its key in the frame of the pane that has the focus; empty where it need not be named there.
    """

    id: str
    title: str
    group: str
    run: Run
    keys: tuple[str, ...] = ()
    global_keys: tuple[str, ...] = ()
    available: Reason = always
    scope: Scope = Scope.APP
    hint: str = ""
