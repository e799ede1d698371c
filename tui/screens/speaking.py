"""Dialogs that cover the status line, and so say themselves what it would say."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from tui.screens.dialog import Dialog, Result
from tui.terminal.sanitize import clean


class SpeakingDialog(Dialog[Result]):
    """Over the whole screen; `PunaApp.say` speaks in its `Static` of the class `said`."""

    DEFAULT_CSS = """
    SpeakingDialog {
        & > .dialog { width: 100%; height: 100%; max-width: 100%; max-height: 100%; padding: 0 1; }
        .said { height: 1; }
    }
    """

    def say(self, text: str, *, error: bool = False) -> None:
        """Show a sentence; `error`: something went wrong."""
        self.query_one(".said", Static).update(Content.styled(clean(text), "$error" if error else "$warning"))
