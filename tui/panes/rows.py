"""A list of rows with a cursor that keeps its place while the rows change under it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

if TYPE_CHECKING:
    from tui.actions.action import Scope

Row = tuple[str, Content]
_EMPTY = "\x00empty"


class Rows(OptionList):
    """Rows by id. `show` changes only what differs, so that a refresh every second costs little.

    Row texts are `Content` made from cleaned strings: nothing in them is markup.
    """

    DEFAULT_CSS = """
    Rows {
        height: 1fr;
        border: none;
        padding: 0 1;
        background: $background;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        & > .option-list--option-highlighted {
            color: $foreground;
            background: $background;
            text-style: none;
        }
        &:focus {
            border: none;
            background-tint: $background 0%;
            & > .option-list--option-highlighted { background: $selection; text-style: bold; }
        }
    }
    """

    SCOPE: ClassVar[Scope | None] = None  # whose keys work here; the frame names them while the list has the focus

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 # Textual's own name
        super().__init__(id=id, classes=classes, markup=False)
        self._shown: list[Row] = []

    def show(self, rows: list[Row], empty: str) -> None:
        """Show these rows, or the sentence `empty` if there are none."""
        wanted = rows or [(_EMPTY, Content.styled(empty, "$muted"))]
        if [key for key, _ in wanted] == [key for key, _ in self._shown]:
            for index, (new, old) in enumerate(zip(wanted, self._shown, strict=True)):
                if new[1] != old[1]:
                    self.replace_option_prompt_at_index(index, new[1])
        else:
            chosen, place = self.chosen, self.highlighted or 0
            self.clear_options()
            self.add_options([Option(text, id=key, disabled=key == _EMPTY) for key, text in wanted])
            if rows:
                keys = [key for key, _ in rows]
                self.highlighted = keys.index(chosen) if chosen in keys else min(place, len(rows) - 1)
        self._shown = wanted

    @property
    def chosen(self) -> str:
        """The id of the row under the cursor; empty if there is none."""
        option = self.highlighted_option
        return option.id if option is not None and option.id and option.id != _EMPTY else ""

    @property
    def room(self) -> int:
        """Cells that a row has; a guess before the first layout."""
        return max(self.scrollable_content_region.width, 8) if self.size.width else 26
