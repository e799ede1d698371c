"""All slash commands, and which one a line means."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from tui.actions.registry import ACTIONS, BY_ID
from tui.panes.completions import Candidate
from tui.slash import model, puna, setting
from tui.slash.command import Command, CommandError
from tui.slash.line import head_and_rest

if TYPE_CHECKING:
    from tui.actions.action import Action
    from tui.app import PunaApp

COMMANDS: tuple[Command, ...] = (*setting.COMMANDS, *model.COMMANDS, *puna.COMMANDS)
BY_NAME = {command.name: command for command in COMMANDS}
_GROUPS = {command.name.split()[0] for command in COMMANDS if " " in command.name}
_HIDDEN = ("app.back",)


def meant(line: str) -> tuple[Command, str] | Action:
    """The command with its argument, or the action, that a line means. Raises `CommandError` naming the nearest."""
    head, rest = head_and_rest(line)
    name = puna.ALIASES.get(head, head)
    if name in _GROUPS:
        second, argument = head_and_rest(rest)
        return _in_group(name, second, argument)
    if name in BY_NAME:
        return _checked(BY_NAME[name], rest)
    words = line.removeprefix("/").lower().split()
    action = BY_ID.get(head) or _by_words(words)
    if action is None:
        known = [*BY_NAME, *_GROUPS, *BY_ID, *(part for key in BY_ID for part in key.split("."))]
        close = get_close_matches(" ".join(words), known, 1, 0.5) or get_close_matches(head, known, 1, 0.5)
        hint = f"did you mean /{close[0]}?" if close else "Type /? for help"
        raise CommandError(f"Unknown command '/{head}'. {hint} A blank before the slash sends it as text.")
    return action


def candidates(app: PunaApp, text: str) -> list[Candidate]:
    """How a line may go on: names of commands, their arguments, then the app's actions."""
    typed = text.removeprefix("/").lower()
    fitting = [
        Candidate(f"/{command.name}" if command.is_whole else f"/{command.name} ", _about(command), command.is_whole)
        for command in COMMANDS
        if command.name.startswith(typed)
    ]
    for command in COMMANDS:
        if typed.startswith(f"{command.name} "):
            start = typed.removeprefix(f"{command.name} ").lstrip()
            fitting += [
                Candidate(f"/{command.name} {value}", about, whole=not value.endswith(" "))
                for value, about in command.values(app)
                if value.lower().startswith(start) and value.strip() != start
            ]
    if " " not in typed:
        fitting += [
            Candidate(f"/{action.id}", _title(app, action))
            for action in ACTIONS
            if typed in action.id and action.id not in _HIDDEN
        ]
    return fitting


def _in_group(group: str, second: str, argument: str) -> tuple[Command, str]:
    command = BY_NAME.get(f"{group} {second}")
    if command is None:
        names = [name.split()[1] for name in BY_NAME if name.startswith(f"{group} ")]
        close = get_close_matches(second, names, 1, 0.5)
        hint = f"did you mean /{group} {close[0]}?" if close else f"there are {', '.join(names)}"
        raise CommandError(f"Unknown command '/{group} {second}'; {hint}" if second else f"/{group}: {hint}")
    return _checked(command, argument)


def _checked(command: Command, argument: str) -> tuple[Command, str]:
    if not argument and not command.is_whole:
        raise CommandError(f"write {command.written}")
    if argument and not command.usage:
        raise CommandError(f"/{command.name} takes nothing after it")
    return command, argument


def _by_words(words: list[str]) -> Action | None:
    """The one action with all these words in its id or its title."""
    found = [item for item in ACTIONS if all(word in f"{item.id} {item.title}".lower() for word in words)]
    exact = [item for item in found if item.id.split(".")[-1] == words[0]]
    choice = found if len(found) == 1 else exact
    return choice[0] if len(choice) == 1 else None


def _about(command: Command) -> str:
    return f"{command.usage}  {command.about}" if command.usage else command.about


def _title(app: PunaApp, action: Action) -> str:
    reason = action.available(app)
    return f"{action.title} ({reason})" if reason else action.title
