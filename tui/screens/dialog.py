"""What all modal screens share: a framed box, and Escape or Ctrl+C closes it."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

Result = TypeVar("Result")
_WIDTH = 84  # as in the style sheet below


class Dialog(ModalScreen[Result]):
    """A modal screen whose content stands in a container with the class `dialog`."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 60%;
        & > .dialog {
            width: 84;
            max-width: 96%;
            height: auto;
            max-height: 94%;
            padding: 1 2;
            background: $surface;
            border: round $primary;
            border-title-color: $primary;
            border-subtitle-color: $muted;
        }
        Static { height: auto; }
        Input, TextArea {
            background: $panel;
            border: none;
            padding: 0 1;
            margin: 1 0;
            &:focus { border: none; }
        }
        Input { height: 1; }
        OptionList {
            background: $surface;
            border: none;
            padding: 0;
            scrollbar-size-vertical: 1;
            & > .option-list--option-highlighted { background: $selection; text-style: none; }
            &:focus {
                border: none;
                background-tint: $background 0%;
                & > .option-list--option-highlighted { background: $selection; text-style: none; }
            }
        }
        VerticalScroll { scrollbar-size-vertical: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "close", "Close", show=False, priority=True),
    ]

    @property
    def room(self) -> int:
        """Cells that a line of text has in the box, beside a scrollbar."""
        return min(_WIDTH, int(self.app.size.width * 0.96)) - 7  # the frame, its padding and the bar

    def refresh_rows(self) -> None:
        """The backend's state changed; to be overridden by those that show it."""

    def action_close(self) -> None:
        """Close without a result."""
        self.dismiss(None)
