"""The commands `/set …` of Ollama's REPL (the specification's section J), with its words for what was done."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.slash import change as changes
from tui.slash.command import Command, CommandError, Value

if TYPE_CHECKING:
    from tui.app import PunaApp
    from tui.slash.change import Change


def _put(app: PunaApp, change: Change) -> None:
    try:
        app.parameters.put(change.key, change.text)
    except ValueError as error:
        raise CommandError(str(error)) from error
    app.say(change.done)


def _parameter(app: PunaApp, argument: str) -> None:
    _put(app, changes.parameter(app.workspace.parameters, argument))


def _parameters(app: PunaApp) -> list[Value]:
    return [(f"{row.spec.key} ", f"{row.value}: {row.spec.about}") for row in app.workspace.parameters.rows()]


def _system(app: PunaApp, argument: str) -> None:
    _put(app, changes.system(argument))


def _think(app: PunaApp, argument: str) -> None:
    _put(app, changes.think(app.workspace.parameters, argument))


def _levels(app: PunaApp) -> list[Value]:
    return [("low", "briefly"), ("medium", ""), ("high", "at length"), ("max", "as long as it takes")]


def _nothink(app: PunaApp, argument: str) -> None:
    _put(app, changes.nothink(app.workspace.parameters))


def _format(app: PunaApp, argument: str) -> None:
    _put(app, changes.answer_format(argument))


def _noformat(app: PunaApp, argument: str) -> None:
    app.parameters.reset("format")
    app.say("Disabled format.")


def _history(app: PunaApp, argument: str, *, wanted: bool) -> None:
    app.panes.chat.prompt.remembered.enabled = wanted
    app.say("what you write is remembered" if wanted else "what you write from now on is not remembered")


def _as_it_is(app: PunaApp, argument: str, *, why: str) -> None:
    app.say(why)


_WRAPS = "the chat always wraps its lines at words"
_FIGURES = "the figures always stand under each reply"

COMMANDS: tuple[Command, ...] = (
    Command("set parameter", "Change a parameter", _parameter, "NAME VALUE", _parameters),
    Command("set system", "Instructions that stand before the chat", _system, "TEXT"),
    Command("set think", "Think before the answer", _think, "[LEVEL]", _levels),
    Command("set nothink", "Answer without thinking", _nothink),
    Command(
        "set format",
        "Answers as JSON, or as a JSON schema in a file says",
        _format,
        "json|FILE",
        lambda _: [("json", "any JSON")],
    ),
    Command("set noformat", "Answers as text", _noformat),
    Command("set history", "Remember what is written in the prompt", partial(_history, wanted=True)),
    Command("set nohistory", "Remember nothing more", partial(_history, wanted=False)),
    Command("set wordwrap", "Wrap lines at words: always so here", partial(_as_it_is, why=_WRAPS)),
    Command("set nowordwrap", "Cannot be had: lines wrap", partial(_as_it_is, why=_WRAPS)),
    Command("set verbose", "Show figures: always so here", partial(_as_it_is, why=_FIGURES)),
    Command("set quiet", "Cannot be had: figures are shown", partial(_as_it_is, why=_FIGURES)),
)
