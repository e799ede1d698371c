"""What the REPL writes: lines of its own, and replies as they come. No text of others steers the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from tui.commands.answer import AnswerPrinter
from tui.terminal.sanitize import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend.wire.ollama import Message

_PROMPT, _CONTINUATION = ">>> ", "... "


class Screen:
    """Over a stream, which is a terminal but in tests."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def say(self, text: str = "") -> None:
        """Lines of the program's own."""
        self.write(f"{clean(text)}\n")

    def write(self, text: str) -> None:
        """Text as it is."""
        self.stream.write(text)
        self.stream.flush()

    def printer(self, *, word_wrap: bool, hide_thinking: bool) -> AnswerPrinter:
        """What prints one reply."""
        return AnswerPrinter(self.stream, word_wrap=word_wrap, hide_thinking=hide_thinking)

    def replay(self, messages: Iterable[Message], *, word_wrap: bool) -> None:
        """Messages that a model brings, as if they had just been said."""
        for message in messages:
            if message.role == "user":
                self.say(_PROMPT + message.content.replace("\n", f"\n{_CONTINUATION}"))
            elif message.role == "assistant":
                with self.printer(word_wrap=word_wrap, hide_thinking=True) as printer:
                    printer.piece("", message.content)
                self.say()
