"""What Tab offers after a slash: commands, parameters, and models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_toolkit.completion import Completer, Completion

from tui.repl import texts
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prompt_toolkit.completion import CompleteEvent
    from prompt_toolkit.document import Document

    from tui.repl.chat import Chat
    from tui.repl.models import Models

_WRITTEN = [written for page in (texts.SET, texts.SHOW, texts.COMMANDS) for written, _ in page.lines]
_NAMES = sorted({name.partition(" <")[0].removesuffix(" ...").split(",")[0] for name in _WRITTEN} - {"/? shortcuts"})


class CommandNames(Completer):
    """Completes whole lines; texts that are no command are left alone."""

    def __init__(self, chat: Chat, models: Models) -> None:
        self._chat = chat
        self._models = models

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Lines that begin as this one does, and go on to the next blank or to their end."""
        text = document.text_before_cursor
        if not text.startswith("/"):
            return
        for line in self._lines():
            if line.startswith(text) and line != text and line.count(" ") <= text.count(" ") + 1:
                yield Completion(line, start_position=-len(text))

    def _lines(self) -> Iterable[str]:
        yield from _NAMES
        for spec in self._chat.parameters.specs():
            yield f"/set parameter {spec.key}"
        for name in map(clean_line, self._models.names):
            yield f"/load {name}"
            yield f"/save {name}"
