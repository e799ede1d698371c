"""Choose a theme: the one under the cursor is shown at once, and files of the user's are read again as they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.quantity import short_path
from tui.screens.dialog import Dialog
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from tui.theme_shelf import ThemeShelf

_READ_EVERY_S = 1.0  # while the screen is open
_SAMPLE = (
    ("text ", "$foreground"),
    ("muted ", "$muted"),
    ("you ", "bold $user"),
    ("model ", "bold $model"),
    ("code\n", "$code"),
    ("accent ", "$accent"),
    ("good ", "$success"),
    ("careful ", "$warning"),
    ("wrong", "$error"),
)


class Themes(Dialog[str]):
    """Dismissed with the name of the theme to keep. `show` shows one; `read_again` tells whether files changed."""

    DEFAULT_CSS = """
    Themes {
        align: right middle;
        background: $background 0%;
        & > .dialog { width: 40; margin: 0 2; }
        OptionList { max-height: 12; }
        #theme-sample, #theme-note { margin: 1 0 0 0; }
    }
    """

    def __init__(
        self, shelf: ThemeShelf, current: str, show: Callable[[str], None], read_again: Callable[[], bool]
    ) -> None:
        super().__init__()
        self._shelf = shelf
        self._current = current
        self._show = show
        self._read_again = read_again

    def compose(self) -> ComposeResult:
        """Names, a sample, and where one's own go."""
        with Vertical(classes="dialog") as box:
            box.border_title = "Theme"
            box.border_subtitle = "Enter keep · Esc leave it"
            yield OptionList(id="theme-list", markup=False)
            yield Static(Content.assemble(*_SAMPLE), id="theme-sample", markup=False)
            yield Static(id="theme-note", markup=False)

    def on_mount(self) -> None:
        """The theme in force is under the cursor."""
        self._fill(self._current)
        self.query_one(OptionList).focus()
        self.set_interval(_READ_EVERY_S, self.read_again)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """See it at once."""
        event.stop()
        if event.option_id:
            self._show(event.option_id)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Keep it."""
        event.stop()
        self.dismiss(event.option_id)

    def read_again(self) -> None:
        """Take in what changed in the user's files."""
        if self._read_again():
            option = self.query_one(OptionList).highlighted_option
            self._fill(option.id if option is not None and option.id else self._current)

    def _fill(self, chosen: str) -> None:
        themes = self._shelf.themes
        rows = self.query_one(OptionList)
        rows.clear_options()
        rows.add_options(
            [
                Option(Content.assemble(name.ljust(24), ("dark" if theme.dark else "light", "$muted")), id=name)
                for name, theme in themes.items()
            ]
        )
        rows.highlighted = list(themes).index(chosen) if chosen in themes else 0
        note = Content("")
        if self._shelf.problems:
            note = Content.styled(clean_line(self._shelf.problems[0]), "$error")
        elif self._shelf.folder is not None:
            note = Content.styled(f"Your own go into\n{clean_line(short_path(self._shelf.folder))}", "$muted")
        self.query_one("#theme-note", Static).update(note)
