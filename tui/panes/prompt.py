"""Where a message is written: Enter sends, Alt+Enter or Ctrl+J begins a new line."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from tui.prompt import blocks
from tui.prompt.area import EditArea
from tui.slash.line import is_command
from tui.terminal.sanitize import clean

if TYPE_CHECKING:
    from textual import events

    from tui.panes.completions import Candidate, Completions
    from tui.prompt.history import History


class Prompt(EditArea):
    """A multi-line field that grows with its text. The page keys scroll the transcript instead.

    Up in the first row and Down in the last walk through `history`. What is written and not sent is never lost by it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("alt+enter,ctrl+j", "new_line", "New line", show=False),
        Binding("pageup", "scroll('up')", "Scroll up", show=False),
        Binding("pagedown", "scroll('down')", "Scroll down", show=False),
        Binding("home,ctrl+a", "start('home')", "Start of line or chat", show=False),
        Binding("end,ctrl+e", "finish('end')", "End of line or chat", show=False),
        Binding("up", "back_in_history", "Line up, or what was written before", show=False),
        Binding("down", "on_in_history", "Line down, or what was written after", show=False),
        Binding("ctrl+d", "delete_or_quit", "Delete, or quit when empty", show=False),
    ]

    class Entered(Message):
        """The user wants to send `text`, which may name files."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Sent(Message):
        """A message is ready to be sent: `images` are base64. `written` is what stood in the prompt."""

        def __init__(self, text: str, images: tuple[str, ...] = (), written: str = "") -> None:
            super().__init__()
            self.text = text
            self.images = images
            self.written = written or text

    class Commanded(Message):
        """The user wants to run a slash command."""

        def __init__(self, line: str) -> None:
            super().__init__()
            self.line = line

    class Scrolled(Message):
        """The user wants to move the transcript: `up`, `down`, `home` or `end`."""

        def __init__(self, where: str) -> None:
            super().__init__()
            self.where = where

    def __init__(self, history: History, completions: Completions) -> None:
        super().__init__(id="prompt", placeholder="Write a message …  / commands  @ files")
        self.remembered = history
        self._completions = completions
        self._entries: list[str] = []
        self._walked = 0  # how far back in `_entries`; 0: not walking
        self._draft = ""

    async def _on_key(self, event: events.Key) -> None:
        if self._completions.is_open_for(self.text) and self._complete(event.key):
            event.stop()
            event.prevent_default()
        elif event.key == "enter":
            event.stop()
            event.prevent_default()
            self.action_send()
        else:
            await super()._on_key(event)

    @property
    def is_walking(self) -> bool:
        """Whether what stands here is of the history and not changed: Up and Down go on through it."""
        return 0 < self._walked <= len(self._entries) and self.text == self._entries[-self._walked]

    def taken(self) -> None:
        """What is written was sent: the prompt is empty again, and the history begins at its end."""
        self.load_text("")
        self._walked = 0

    def action_send(self) -> None:
        """Send what is written, if anything is. An open `\"\"\"` block gets a new line."""
        if blocks.is_open(self.text):
            self.action_new_line()
            return
        text = clean(self.text).strip("\n")
        if not text.strip():
            return
        self.post_message(self.Commanded(text) if is_command(text) else self.Entered(text))

    def action_new_line(self) -> None:
        """Begin a new line at the cursor."""
        self.replace("\n", *self.selection, maintain_selection_offset=False)

    def action_back_in_history(self) -> None:
        """A row up; from the first one to what was written before."""
        if self.wrapped_document.location_to_offset(self.cursor_location).y > 0:
            self.action_cursor_up()
            return
        if self._walked == 0:
            self._entries, self._draft = self.remembered.entries(), self.text
        if self._walked < len(self._entries):
            self._walked += 1
            self.put(self._entries[-self._walked])

    def action_on_in_history(self) -> None:
        """A row down; from the last one to what was written after, in the end to the draft."""
        if self.wrapped_document.location_to_offset(self.cursor_location).y < self.wrapped_document.height - 1:
            self.action_cursor_down()
        elif self._walked:
            self._walked -= 1
            self.put(self._entries[-self._walked] if self._walked else self._draft)

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

    def _complete(self, key: str) -> bool:
        """Whether the key was for the list over the prompt."""
        menu = self._completions
        if key in ("up", "down"):
            menu.move(-1 if key == "up" else 1)
        elif key == "escape":
            menu.offer([], self.text)
        elif key == "tab":
            self._accept(menu.chosen)
        elif key == "enter" and self._place_before(menu.chosen) != menu.chosen.text.strip():
            candidate = menu.chosen
            self._accept(candidate)
            if candidate.whole and candidate.start == 0:
                self.action_send()
        else:
            return False
        return True

    def _place_before(self, candidate: Candidate) -> str:
        return self.text[candidate.start : self.place(self.cursor_location)].strip()

    def _accept(self, candidate: Candidate) -> None:
        start = self.location(candidate.start)
        self.replace(clean(candidate.text), start, self.cursor_location, maintain_selection_offset=False)
        self._completions.offer([], self.text)
