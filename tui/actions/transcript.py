"""Moving, folding, copying and searching in the transcript."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions.action import Action, Scope
from tui.quantity import count

if TYPE_CHECKING:
    from tui.actions.action import Reason, Run
    from tui.app import PunaApp
    from tui.terminal.clipboard import Copied


def _said(app: PunaApp) -> str | None:
    return None if app.panes.chat.transcript.blocks else "nothing is here yet"


def _foldable(app: PunaApp) -> str | None:
    return None if app.panes.chat.transcript.foldable else "there is no thinking and no tool call here"


def _chosen(app: PunaApp) -> str | None:
    if app.panes.chat.transcript.chosen:
        return None
    return f"no message is selected; {app.keys.name('transcript.previous')} selects one"


def _copied(app: PunaApp) -> str | None:
    return None if app.panes.chat.transcript.copied else "there is no message to copy"


def _code(app: PunaApp) -> str | None:
    return None if app.panes.chat.transcript.has_code else "there is no code here"


def _searching(app: PunaApp) -> str | None:
    if app.panes.chat.transcript.found:
        return None
    return f"nothing is looked for; {app.keys.name('transcript.search')} begins"


def _fold(app: PunaApp) -> None:
    transcript = app.panes.chat.transcript
    if transcript.chosen is not None:
        transcript.toggle_block(transcript.chosen)


def _copy(app: PunaApp) -> None:
    block = app.panes.chat.transcript.copied
    if block is not None:
        app.say(_told(f"the message of {block.title}", app.copy(block.text)))


def _copy_code(app: PunaApp) -> None:
    code = app.panes.chat.transcript.next_code()
    if code is not None:
        text, number, total = code
        which = f"code {number} of {total}, again for the next" if total > 1 else "the code"
        app.say(_told(which, app.copy(text)))


def _told(what: str, copied: Copied) -> str:
    cut = f"; {count(copied.cut)} more were too many" if copied.cut else ""
    return f"copied {what}: {count(copied.length)} characters{cut}"


def _action(name: str, title: str, key: str, run: Run, available: Reason) -> Action:
    return Action(f"transcript.{name}", title, "Transcript", run, (key,), available=available, scope=Scope.TRANSCRIPT)


ACTIONS: tuple[Action, ...] = (
    _action(
        "previous",
        "Select the message before",
        "left_square_bracket",
        lambda app: app.panes.chat.transcript.select_next(-1),
        _said,
    ),
    _action(
        "next",
        "Select the message after",
        "right_square_bracket",
        lambda app: app.panes.chat.transcript.select_next(1),
        _said,
    ),
    _action("copy", "Copy the selected message, else the last", "y", _copy, _copied),
    _action("copy_code", "Copy its code, again for the next", "Y", _copy_code, _code),
    _action("search", "Search in this chat", "slash", lambda app: app.panes.chat.open_search(), _said),
    _action("match", "Next match", "n", lambda app: app.panes.chat.transcript.look_further(1), _searching),
    _action("match_before", "Match before", "N", lambda app: app.panes.chat.transcript.look_further(-1), _searching),
    _action(
        "details",
        "Open or fold thinking and tool calls",
        "z",
        lambda app: app.panes.chat.transcript.toggle_details(),
        _foldable,
    ),
    _action("fold", "Fold or open the selected message", "Z", _fold, _chosen),
)
