"""Where lines are written: prompt_toolkit's editor with Ollama's keys and prompts (the specification's section J)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.application import create_app_session, get_app
from prompt_toolkit.history import History as Recalled
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.output import create_output
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.shortcuts import CompleteStyle
from prompt_toolkit.styles import Style

from tui.prompt.blocks import is_open
from tui.prompt.external_editor import EditorError, edit
from tui.prompt.limit import LIMIT
from tui.repl.texts import PLACEHOLDER
from tui.terminal.sanitize import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from prompt_toolkit.completion import Completer
    from prompt_toolkit.formatted_text import StyleAndTextTuples
    from prompt_toolkit.key_binding import KeyPressEvent

    from tui.prompt.history import History

_STYLE = Style.from_dict({"placeholder": "ansibrightblack"})


def quiet_terminal() -> AbstractContextManager[object]:
    """prompt_toolkit on this process's terminal, which is not asked where its cursor is.

    Nothing here needs to know, and over a slow line each message would wait for the answer.
    """
    output = create_output(stdout=sys.stdout)
    if isinstance(output, Vt100_Output):
        output.enable_cpr = False
    return create_app_session(output=output)


class _EditorWanted(Exception):
    """The user goes on in an editor."""


class Reader:
    """`say` tells the user what went wrong, between two prompts."""

    def __init__(
        self,
        history: History,
        completer: Completer,
        say: Callable[[str], None],
        *,
        editor: str,
        vim: bool = False,
    ) -> None:
        self._say = say
        self._editor = editor
        self._session: PromptSession[str] = PromptSession(
            ">>> ",
            multiline=True,
            prompt_continuation=lambda width, line, wraps: "" if wraps else "... ",
            placeholder=_placeholder,
            history=_Remembered(history, say),
            key_bindings=self._keys(),
            completer=completer,
            complete_while_typing=False,
            complete_style=CompleteStyle.READLINE_LIKE,
            style=_STYLE,
            vi_mode=vim,
            enable_suspend=True,
            reserve_space_for_menu=0,
        )

    async def read(self, begun: str = "") -> str:
        """What the user enters, which begins as `begun`. Raises `EOFError` for Ctrl-D.

        Ctrl-C raises `KeyboardInterrupt` where nothing was written, and else gives an empty text.
        """
        session = self._session
        while True:
            session.app.erase_when_done = False
            try:
                return clean(await session.prompt_async(default=begun, handle_sigint=False))
            except _EditorWanted:
                begun = self._edited(session.default_buffer.text)
            except KeyboardInterrupt:
                if session.default_buffer.text:
                    return ""
                raise

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()

        @keys.add("enter")
        def _(event: KeyPressEvent) -> None:
            """Send what is written; within an open block a new line."""
            buffer = event.current_buffer
            if is_open(buffer.text):
                buffer.newline(copy_margin=False)
            else:
                buffer.validate_and_handle()

        @keys.add("escape", "enter")
        def _(event: KeyPressEvent) -> None:
            """A new line."""
            event.current_buffer.newline(copy_margin=False)

        @keys.add("c-g")
        def _(event: KeyPressEvent) -> None:
            """Go on in the user's own editor."""
            event.app.erase_when_done = True
            event.app.exit(exception=_EditorWanted)

        return keys

    def _edited(self, text: str) -> str:
        try:
            return edit(text, self._editor, LIMIT)
        except EditorError as error:
            self._say(f"error: {error}")
            return text


def _placeholder() -> StyleAndTextTuples:
    """Only while it may be written: it does not stay on the screen when the line is left."""
    return [] if get_app().is_done else [("class:placeholder", PLACEHOLDER)]


class _Remembered(Recalled):
    """The history of the state folder, as prompt_toolkit wants it."""

    def __init__(self, history: History, say: Callable[[str], None]) -> None:
        super().__init__()
        self._history = history
        self._say = say

    def load_history_strings(self) -> Iterable[str]:
        """The newest first."""
        return reversed(self._history.entries())

    def append_string(self, string: str) -> None:
        """Remember a text, unless nothing shall be."""
        if self._history.enabled and string.strip():
            super().append_string(string)

    def store_string(self, string: str) -> None:
        """Write it to the file."""
        try:
            self._history.add(clean(string))
        except OSError as error:
            self._say(f"what you write cannot be remembered: {error.strerror}")
