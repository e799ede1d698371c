"""One of many by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tui.quantity import fit
from tui.screens.find import Find
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence


class Choose(Find[str]):
    """Dismissed with the chosen name. The cursor stands on `chosen` at first, if it is one of them."""

    def __init__(self, title: str, names: Sequence[str], chosen: str = "") -> None:
        super().__init__(title, enter="take", placeholder="a part of the name")
        self._names = names
        self._first = chosen

    def on_mount(self) -> None:
        """The cursor stands where it was asked for."""
        self.narrow("")
        if self._first in self._names:
            self.rows.highlighted = list(self._names).index(self._first)

    def narrow(self, wanted: str) -> None:
        """Names that contain it."""
        offered = [name for name in self._names if wanted.lower() in name.lower()]
        self.rows.show(
            [(name, Content(fit(clean_line(name), self.room))) for name in offered], "No name has this in it."
        )

    def take(self, chosen: str) -> None:
        """Dismiss with the name."""
        self.dismiss(chosen)
