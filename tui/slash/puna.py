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


def _export(app: PunaApp, argument: str) -> None:
    if not app.workspace.chat.id:
        raise CommandError("this chat is still empty: there is nothing to export")
    app.sessions.export_to(argument)


def _import(app: PunaApp, argument: str) -> None:
    app.sessions.restore_from(argument)


def _preset(app: PunaApp, argument: str) -> None:
    names = app.parameters.names()
    if argument not in names:
        known = (
            f"there are {', '.join(names)}"
            if names
            else f"none is saved yet; {app.keys.name('parameters.save')} in the parameters saves one"
        )
        raise CommandError(f"there is no preset {argument}; {known}")
    app.parameters.apply(argument)


def _presets(app: PunaApp) -> list[Value]:
    return [(name, "") for name in app.parameters.names()]


COMMANDS: tuple[Command, ...] = (
    Command("clear", "Begin a new chat", _clear),
    Command("bye", "Quit; the backend goes on", _bye),
    Command("help", "What can be written after a slash", _help, "[set|show|shortcuts]", _topics),
    Command("export", "Write this chat to a file: .json, or .md to read", _export, "FILE"),
    Command("import", "Open a chat that was exported as JSON", _import, "FILE"),
    Command("preset", "Parameters that you saved by a name", _preset, "NAME", _presets),
    Command("theme", "Other colours", _theme, "[NAME]", lambda app: [(name, "") for name in app.themes.names()]),
)
ALIASES = {"?": "help", "exit": "bye", "quit": "bye"}
