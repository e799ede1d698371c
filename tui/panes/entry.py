"""The prompt with what helps to write: completions above it, the mark of vim's mode beside it, attached files below."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.panes.completions import Candidate, Completions
from tui.panes.prompt import Prompt
from tui.prompt.attachments import AttachmentError, Expanded, Mention, expand, mentions, without
from tui.prompt.blocks import unwrapped
from tui.prompt.files import matching_files
from tui.prompt.history import History
from tui.slash.line import as_text, is_command

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult
    from textual.widgets import TextArea

    from tui.workspace import Workspace

_NAMED = re.compile(r"(?:^|(?<=\s))@(?:\"([^\"\n]*)|((?:[^\s\\\"]|\\.)*))$")


class Entry(Vertical):
    """`completer` tells how a slash command may go on. Posts `Prompt.Sent` when a message's files are read."""

    DEFAULT_CSS = """
    Entry {
        height: auto;
        max-height: 19;
        #writing { height: auto; max-height: 10; }
        #mark { width: 3; padding: 0 1; color: $user; text-style: bold; }
        #mark.-vim { width: 4; }
        #attached { height: auto; max-height: 2; padding: 0 1 0 3; display: none; }
        #attached.-any { display: block; }
    }
    """

    class Changed(Message):
        """What is written, or what is attached, changed."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(id="entry")
        self._workspace = workspace
        self.completions = Completions()
        self.prompt = Prompt(History(), self.completions)
        self.completer: Callable[[str], list[Candidate]] = lambda _: []
        self.files: list[Mention] = []
        self._shown: list[tuple[str, str]] = []
        self._mark = Static(">", id="mark", markup=False)
        self._attached = Static("", id="attached", markup=False)

    def compose(self) -> ComposeResult:
        """The list, the prompt, the files."""
        yield self.completions
        with Horizontal(id="writing"):
            yield self._mark
            yield self.prompt
        yield self._attached

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Something was written: see what can be offered, and which files it names."""
        event.stop()
        text = self.prompt.text
        self.files = [] if is_command(text) else mentions(as_text(text))
        self.show_files()
        if self.prompt.is_walking:
            self.completions.offer([], text)
            return
        if is_command(text.split(" ", 1)[0]) and "\n" not in text:
            self.completions.offer(self.completer(text), text)
            return
        cursor = self.prompt.place(self.prompt.cursor_location)
        line = text[text.rfind("\n", 0, cursor) + 1 : cursor]
        if (match := _NAMED.search(line[-1024:])) is not None:
            self.run_worker(self._offer_files(cursor - len(match[0]), match), group="files", exclusive=True)
        else:
            self.completions.offer([], text)

    def show_files(self) -> None:
        """Tell which files go with the message; also after another model is in use, which may see or not."""
        can_see = self._workspace.parameters.can_see
        parts = [(f"[{file.label}]", "$accent") for file in self.files if can_see or not file.image]
        if not can_see:
            blind = [file for file in self.files if file.image]
            parts += [(f"[{file.label}] this model sees no images", "$warning") for file in blind]
        if parts != self._shown:  # an update lays the screen out again
            self._shown = parts
            self._attached.set_class(bool(parts), "-any")
            self._attached.update(Content(" ").join(Content.styled(text, style) for text, style in parts))

    def detach(self) -> str:
        """Take the last file out of the message; its name, or nothing if there is none."""
        if not self.files:
            return ""
        file = self.files[-1]
        self.prompt.put(without(self.prompt.text, file))
        return file.label

    def on_click(self, event: events.Click) -> None:
        """A click on the attached files takes the last one away."""
        if event.widget is self._attached and self.detach():
            event.stop()

    def on_edit_area_mode_changed(self, event: Prompt.ModeChanged) -> None:
        """The mark beside the prompt tells vim's mode."""
        event.stop()
        self._mark.set_class(bool(event.mark), "-vim")
        self._mark.update(f"{event.mark}>")

    def on_prompt_entered(self, event: Prompt.Entered) -> None:
        """Read the files that the message names, then have it sent."""
        event.stop()
        text = unwrapped(as_text(event.text))
        files = mentions(text)
        if files:
            self.run_worker(self._expand(text, files, event.text), group="expand", exclusive=True)
        elif text.strip():
            self.post_message(Prompt.Sent(text, (), event.text))

    async def _expand(self, text: str, files: list[Mention], written: str) -> None:
        can_see = self._workspace.parameters.can_see
        try:
            message: Expanded = await asyncio.to_thread(expand, text, files, can_see=can_see)
        except AttachmentError as error:
            self.post_message(Prompt.Refused(str(error)))
        else:
            self.post_message(Prompt.Sent(message.text, message.images, written))

    async def _offer_files(self, start: int, match: re.Match[str]) -> None:
        written = self.prompt.text
        typed = match[1] if match[1] is not None else re.sub(r"\\(.)", r"\1", match[2])
        names = await asyncio.to_thread(matching_files, typed)
        candidates = [
            Candidate(_mention(name), about, whole=not name.endswith("/"), start=start) for name, about in names
        ]
        if self.prompt.text == written:  # else they are of a word that is not there any more
            self.completions.offer(candidates, written)


def _mention(name: str) -> str:
    """A file's name as the prompt takes it: blanks escaped, and one after it where nothing more can follow."""
    escaped = re.sub(r"([\s\\\"])", r"\\\1", name)
    return f"@{escaped}" if name.endswith("/") else f"@{escaped} "
