"""Where a message is written: Enter sends, Alt+Enter or Ctrl+J begins a new line."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from tui.terminal.sanitize import clean

if TYPE_CHECKING:
    from textual import events


class Prompt(TextArea):
    """A multi-line field that grows with its text. The page keys scroll the transcript instead."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", "Send", show=False),
        Binding("alt+enter,ctrl+j", "new_line", "New line", show=False),
        Binding("pageup", "scroll('up')", "Scroll up", show=False),
        Binding("pagedown", "scroll('down')", "Scroll down", show=False),
        Binding("home,ctrl+a", "start('home')", "Start of line or chat", show=False),
        Binding("end,ctrl+e", "finish('end')", "End of line or chat", show=False),
        Binding("ctrl+d", "delete_or_quit", "Delete, or quit when empty", show=False),
    ]

    class Sent(Message):
        """The user wants to send `text`."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Scrolled(Message):
        """The user wants to move the transcript: `up`, `down`, `home` or `end`."""

        def __init__(self, where: str) -> None:
            super().__init__()
            self.where = where

    def __init__(self) -> None:
        super().__init__(
            id="prompt", compact=True, highlight_cursor_line=False, soft_wrap=True, placeholder="Write a message …"
        )
        self.cursor_blink = False

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.action_send()
            return
        await super()._on_key(event)

    def put(self, text: str) -> None:
        """Replace what is written, ready to be continued."""
        self.load_text(text)
        self.move_cursor(self.document.end)

    def action_send(self) -> None:
        """Send what is written, if anything is."""
        text = clean(self.text).strip("\n")
        if text.strip():
            self.post_message(self.Sent(text))

    def action_new_line(self) -> None:
        """Begin a new line at the cursor."""
        self.insert("\n")

    def action_scroll(self, where: str) -> None:
        """Scroll the transcript."""
        self.post_message(self.Scrolled(where))

    def action_start(self, where: str) -> None:
        """Home: the start of the line; the start of the chat when nothing is written."""
        if self.text:
            self.action_cursor_line_start()
        else:
            self.action_scroll(where)

    def action_finish(self, where: str) -> None:
        """End: the end of the line; the end of the chat when nothing is written."""
        if self.text:
            self.action_cursor_line_end()
        else:
            self.action_scroll(where)

    async def action_delete_or_quit(self) -> None:
        """Delete right of the cursor; in an empty prompt, quit as a shell does."""
        if self.text:
            self.action_delete_right()
        else:
            await self.run_action("app.do('app.quit')")
