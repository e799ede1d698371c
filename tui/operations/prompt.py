"""What the user can have done to what is written: another editor, other keys, older messages, attached files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from tui.prompt.history import History
from tui.prompt.limit import LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from backend.settings import Settings
    from tui.app import PunaApp
    from tui.panes.prompt import Prompt


class PromptOperations:
    """Over the prompt of the workbench. `suspend` gives the terminal to another program for a while."""

    def __init__(self, app: PunaApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self.editor = settings.editor or "vi"
        self.own_editor = bool(settings.editor)
        self._sent = ("", "")
        self.suspend: Callable[[], AbstractContextManager[None]] = app.suspend

    @property
    def _prompt(self) -> Prompt:
        return self._app.panes.chat.prompt

    def prepare(self) -> None:
        """Give the prompt the keys and the history that the settings want, and the commands to complete."""
        self._app.panes.chat.entry.completer = self._app.slash.complete
        history = History(self._settings.history_file)
        history.enabled = not self._settings.nohistory
        self._prompt.remembered = history
        if self._settings.prompt_keys == "vim":
            self._prompt.use_vim(True)

    def send(self, message: Prompt.Sent) -> None:
        """Send what was written; it stays in the prompt where that cannot be."""
        if reason := self._app.turns.refusal():
            self._app.say(reason)
            return
        self.taken(message.written)
        self._sent = (message.text, message.written)
        self._app.turns.send(message.text, message.images)

    def as_written(self, text: str) -> str:
        """What stood in the prompt when `text` was sent, with the names of its files in place of their texts."""
        sent, written = self._sent
        return written if text == sent else text

    def taken(self, written: str) -> None:
        """Empty the prompt and remember what stood in it."""
        self._prompt.taken()
        try:
            self._prompt.remembered.add(written)
        except OSError as error:
            self._app.say(f"what you wrote cannot be remembered: {error.strerror}", error=True)

    def open_editor(self) -> None:
        """Go on in the user's editor; the app waits, and the backend's replies with it."""
        from tui.prompt.external_editor import EditorError, edit

        prompt = self._prompt
        try:
            with self.suspend():
                text = edit(prompt.text, self.editor, LIMIT)
        except SuspendNotSupported:
            self._app.say("this terminal cannot be lent to an editor", error=True)
        except EditorError as error:
            self._app.say(str(error), error=True)
        else:
            prompt.put(text)
            self._app.panes.reach("chat")
        self._app.refresh(layout=True)

    def toggle_vim(self) -> None:
        """Vim's keys in the prompt, or no longer."""
        wanted = self._prompt.vim is None
        self._prompt.use_vim(wanted)
        self._app.panes.reach("chat")
        done = "Esc leaves insert mode, i comes back" if wanted else "every key writes again"
        self._app.say(f"{'vim' if wanted else 'emacs'} keys: {done}; prompt_keys in the settings keeps it")

    def find(self) -> None:
        """Find something that was written before and put it into the prompt."""
        from tui.screens.find_written import FindWritten

        def found(text: str | None) -> None:
            if text is not None:
                self._prompt.put(text)
                self._app.panes.reach("chat")

        self._app.push_screen(FindWritten(self._prompt.remembered), found)

    def detach(self) -> None:
        """Take the last named file out of the message."""
        label = self._app.panes.chat.entry.detach()
        self._app.say(f"{label} does not go with the message")
