"""What a slash command is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.app import PunaApp

Value = tuple[str, str]  # an argument that can be written, and a word about it
Run = Callable[["PunaApp", str], None]
Values = Callable[["PunaApp"], list[Value]]


class CommandError(ValueError):
    """A command that cannot be run; the text is a sentence that says what to write instead."""


def no_values(_: PunaApp) -> list[Value]:
    """The values of a command whose arguments nobody can foretell."""
    return []


@dataclass(frozen=True, slots=True)
class Command:
    """`name` has one or two words. `run` gets what was written after them and raises `CommandError`.

    `usage` names the arguments, those that may be left out in brackets; empty: it takes none.
    """

    name: str
    about: str
    run: Run
    usage: str = ""
    values: Values = no_values

    @property
    def is_whole(self) -> bool:
        """Whether it can be run without an argument."""
        return not self.usage or self.usage.startswith("[")

    @property
    def written(self) -> str:
        """The command as one writes it: `/set parameter NAME VALUE`."""
        return f"/{self.name} {self.usage}".rstrip()
