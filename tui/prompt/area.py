"""The editor under the prompt: Textual's text area with the keys of emacs and, if wanted, of vim."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from tui.prompt.limit import LIMIT
from tui.prompt.vim import Mode, Step, Vim
from tui.quantity import size
from tui.terminal.sanitize import clean

if TYPE_CHECKING:
    from textual import events

_ARROWS = {"left": "h", "right": "l", "up": "k", "down": "j", "backspace": "h"}


class EditArea(TextArea):
    """Emacs's keys always work; `use_vim` puts vim's modes before them. What is cut by one is put back by the other."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("alt+b,ctrl+b", "cursor_word_left", "Word left", show=False),
        Binding("alt+f,ctrl+f", "cursor_word_right", "Word right", show=False),
        Binding("ctrl+k", "kill('line-end')", "Cut to the end of the line", show=False),
        Binding("ctrl+u", "kill('line-start')", "Cut to the start of the line", show=False),
        Binding("ctrl+w,alt+backspace", "kill('word-left')", "Cut the word before", show=False),
        Binding("alt+d,alt+delete", "kill('word-right')", "Cut the word after", show=False),
        Binding("ctrl+y", "yank", "Put back what was cut", show=False),
        Binding("alt+w,super+c", "copy", "Copy the selection", show=False),
        Binding("ctrl+z,ctrl+underscore", "undo", "Undo", show=False),
        Binding("alt+z,ctrl+shift+z", "redo", "Redo", show=False),
        Binding("ctrl+x", "cut_or_chord", "Cut, or begin Ctrl+X Ctrl+E", show=False),
    ]

    class ModeChanged(Message):
        """Vim's mode changed; `mark` is empty without vim's keys."""

        def __init__(self, mark: str) -> None:
            super().__init__()
            self.mark = mark

    class Refused(Message):
        """Something could not be done; `reason` is a sentence."""

        def __init__(self, reason: str) -> None:
            super().__init__()
            self.reason = reason

    class EditorWanted(Message):
        """The user wants to go on in an editor of their own."""

    def __init__(self, *, id: str, placeholder: str) -> None:  # noqa: A002 # Textual's own name
        super().__init__(id=id, compact=True, highlight_cursor_line=False, soft_wrap=True, placeholder=placeholder)
        self.cursor_blink = False
        self.vim: Vim | None = None
        self._place = 0  # the cursor in a visual mode, where the text area's own stands at the selection's end
        self._killed = ""
        self._kill_state: tuple[str, tuple[int, int]] | None = None
        self._chord = False

    def use_vim(self, wanted: bool) -> None:
        """Vim's keys from now on, beginning in insert mode; or no longer."""
        self.vim = Vim() if wanted else None
        if self.vim is not None:
            self.vim.take(self._killed)
        self._tell_mode()

    def put(self, text: str) -> None:
        """Replace what is written, ready to be continued; undo brings the old text back."""
        self.history.checkpoint()
        self.replace(clean(text), (0, 0), self.document.end, maintain_selection_offset=False)
        self.history.checkpoint()
        self.move_cursor(self.document.end)

    def place(self, location: tuple[int, int]) -> int:
        """A row and column as an offset in the text."""
        row, column = location
        return sum(len(self.document.get_line(at)) + 1 for at in range(row)) + column

    def location(self, place: int) -> tuple[int, int]:
        """An offset in the text as a row and column."""
        before = self.text[:place]
        return before.count("\n"), place - before.rfind("\n") - 1

    async def _on_key(self, event: events.Key) -> None:
        chord, self._chord = self._chord, False
        if chord and event.key == "ctrl+e":
            self.post_message(self.EditorWanted())
        elif not self._vim_key(event):
            if event.is_printable and len(self.text) >= LIMIT:
                self._refuse_more(1)
            else:
                await super()._on_key(event)
                return
        event.stop()
        event.prevent_default()

    async def _on_paste(self, event: events.Paste) -> None:
        """Several lines are only text: they never send. What is too much is refused whole, not cut."""
        event.stop()
        event.prevent_default()
        text = clean(event.text)
        if len(self.text) + len(text) > LIMIT:
            self._refuse_more(len(text))
            return
        self.history.checkpoint()
        result = self.replace(text, *self.selection, maintain_selection_offset=False)
        self.history.checkpoint()
        self.move_cursor(result.end_location)

    def _refuse_more(self, more: int) -> None:
        limit = size(LIMIT)
        self.post_message(
            self.Refused(f"a message holds at most {limit}, and {size(more)} more came; name a file by @")
        )

    def action_cut_or_chord(self) -> None:
        """With a selection cut it, else wait for Ctrl+E."""
        if self.selection.is_empty:
            self._chord = True
        else:
            self.action_cut()

    def action_kill(self, where: str) -> None:
        """Cut to a place. Cuts in a row gather, as in emacs and shells."""
        cursor = self.cursor_location
        ends = {
            "line-end": self.get_cursor_line_end_location(),
            "line-start": (cursor[0], 0),
            "word-left": self.get_cursor_word_left_location(),
            "word-right": self.get_cursor_word_right_location(),
        }
        end = ends[where]
        if end == cursor:  # at the edge of a line: the line break itself
            end = self.get_cursor_right_location() if where == "line-end" else self.get_cursor_left_location()
        start, end = sorted((cursor, end))
        cut = self.get_text_range(start, end)
        if not cut:
            return
        gathered = self._killed if self._kill_state == (self.text, cursor) else ""
        self._killed = cut + gathered if where in ("line-start", "word-left") else gathered + cut
        self.delete(start, end, maintain_selection_offset=False)
        self._kill_state = (self.text, self.cursor_location)
        if self.vim is not None:
            self.vim.take(self._killed)

    def action_yank(self) -> None:
        """Put back what was cut last."""
        text = self.vim.register if self.vim is not None else self._killed
        if len(self.text) + len(text) > LIMIT:
            self._refuse_more(len(text))
        elif text:
            self.history.checkpoint()
            self.replace(text, *self.selection, maintain_selection_offset=False)
            self.history.checkpoint()

    def _vim_key(self, event: events.Key) -> bool:
        """Whether vim's keys have a meaning for it."""
        vim = self.vim
        if vim is None or (vim.mode is Mode.INSERT and event.key != "escape"):
            return False
        visual = vim.mode in (Mode.VISUAL, Mode.LINES)
        cursor = min(self._place, len(self.text)) if visual else self.place(self.cursor_location)
        if event.key == "escape":
            if vim.mode is Mode.NORMAL and not vim.typed:
                return False  # the app's Escape: stop the reply, or leave the prompt
            self._apply(vim, vim.leave(self.text, cursor))
            return True
        character = event.character if event.is_printable else None
        if event.key in _ARROWS and (visual or event.key == "backspace"):
            character = _ARROWS[event.key]
        if character is None:
            return False
        self._apply(vim, vim.key(character, self.text, cursor))
        self._killed = vim.register
        return True

    def _apply(self, vim: Vim, step: Step) -> None:
        cursor = step.cursor
        if step.history:
            self.undo() if step.history < 0 else self.redo()
            cursor = self.place(self.cursor_location)
        if step.change is not None:
            change = step.change
            if len(self.text) + len(change.new) - (change.end - change.start) > LIMIT:
                self._refuse_more(len(change.new))
                return
            self.history.checkpoint()
            start, end = self.location(change.start), self.location(change.end)
            self.replace(change.new, start, end, maintain_selection_offset=False)
            self.history.checkpoint()
        if vim.mode in (Mode.VISUAL, Mode.LINES):
            self._place = cursor
            begin, stop = vim.selection(self.text, cursor)
            self.selection = Selection(self.location(begin), self.location(stop))
        else:
            self.move_cursor(self.location(cursor))
        self._tell_mode()

    def _tell_mode(self) -> None:
        self.post_message(self.ModeChanged("" if self.vim is None else self.vim.mode.value))
