"""What `/set …` changes of the parameters, for the app and for the REPL alike. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from tui.prompt.blocks import unwrapped
from tui.slash.command import CommandError

if TYPE_CHECKING:
    from tui.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Change:
    """The parameter `key` shall have the value that `text` means; `done` says it in Ollama's words (section J)."""

    key: str
    text: str
    done: str


def parameter(parameters: Parameters, argument: str) -> Change:
    """Of `NAME VALUE`, or of `stop VALUE VALUE …`. Raises `CommandError`, naming the nearest parameter."""
    key, _, text = argument.partition(" ")
    names = [spec.key for spec in parameters.specs()]
    if key not in names:
        close = get_close_matches(key, names, n=1, cutoff=0.5)
        raise CommandError(f"there is no parameter {key!r}{f'; did you mean {close[0]}?' if close else ''}")
    if not text.strip():
        raise CommandError(f"write a value: /set parameter {key} VALUE")
    values = text.split() if key == "stop" else [text.strip()]
    return Change(key, "\n".join(values), f"Set parameter '{key}' to '{', '.join(values)}'")


def system(argument: str) -> Change:
    """Of a text, between three quotation marks where it has several lines. Raises `CommandError` if it is empty."""
    text = unwrapped(argument).strip("\n")
    if not text.strip():
        raise CommandError('write the instructions: /set system TEXT, or between """ on several lines')
    return Change("system", text, "Set system message.")


def think(parameters: Parameters, level: str) -> Change:
    """`level` may be empty. Raises `CommandError` where the model cannot think."""
    _can_think(parameters)
    return Change("think", level or "on", f"Set 'think' mode to '{level}'." if level else "Set 'think' mode.")


def nothink(parameters: Parameters) -> Change:
    """Raises `CommandError` where the model cannot think."""
    _can_think(parameters)
    return Change("think", "off", "Set 'nothink' mode.")


def answer_format(argument: str) -> Change:
    """Of `json`, a file with a JSON schema, or the schema itself."""
    return Change("format", argument, f"Set format to '{argument}' mode.")


def _can_think(parameters: Parameters) -> None:
    if not parameters.can_think:
        raise CommandError("the model in use does not think before it answers")
