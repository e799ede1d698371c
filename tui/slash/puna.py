"""The commands about the app itself: those of Ollama's REPL, and Puna's own that take an argument."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.slash.command import Command, CommandError, Value

if TYPE_CHECKING:
    from tui.app import PunaApp


def _clear(app: PunaApp, argument: str) -> None:
    if not app.workspace.chat.is_blank:
        app.chats.new()
    app.say("Cleared session context: a new chat; the old one is kept")


def _bye(app: PunaApp, argument: str) -> None:
    app.exit()


def _help(app: PunaApp, argument: str) -> None:
    app.slash.open_help(argument)


def _topics(app: PunaApp) -> list[Value]:
    return [("set", "what can be changed"), ("show", "what can be seen"), ("shortcuts", "all keys")]


def _theme(app: PunaApp, argument: str) -> None:
    names = app.themes.names()
    if not argument:
        app.action_do("theme.next")
    elif argument in names:
        app.themes.use(argument)
    else:
        raise CommandError(f"there is no theme {argument}; there are {', '.join(names)}")


COMMANDS: tuple[Command, ...] = (
    Command("clear", "Begin a new chat", _clear),
    Command("bye", "Quit; the backend goes on", _bye),
    Command("help", "What can be written after a slash", _help, "[set|show|shortcuts]", _topics),
    Command("theme", "Other colours", _theme, "[NAME]", lambda app: [(name, "") for name in app.themes.names()]),
)
ALIASES = {"?": "help", "exit": "bye", "quit": "bye"}
