"""How `puna run` prints an answer: thinking between marks, wrapped words, metrics (the specification's section J)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TextIO

from tui.commands.units import go_duration
from tui.commands.word_wrap import WordWrap
from tui.terminal.sanitize import clean

if TYPE_CHECKING:
    from backend.wire.ollama import ChatResponse, GenerateResponse

_GREY = "\x1b[90m"
_PLAIN = "\x1b[0m"
_MARGIN = 5
_SECOND_NS = 1_000_000_000


class AnswerPrinter:
    """Writes the pieces of one answer as they come. Use as a context manager: the terminal is left as it was."""

    def __init__(self, stream: TextIO, *, word_wrap: bool, hide_thinking: bool) -> None:
        terminal = self._terminal = stream.isatty()
        self._stream = stream
        self._wrap = (
            WordWrap(os.get_terminal_size(stream.fileno()).columns - _MARGIN) if word_wrap and terminal else None
        )
        self._colour = terminal and "NO_COLOR" not in os.environ
        self._hide_thinking = hide_thinking
        self._thinking = False
        self._line_open = False

    def __enter__(self) -> AnswerPrinter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._end_thinking()
            self._text("", flush=True)
            self._end_line()
            return
        if self._thinking and self._colour:
            self._write(_PLAIN)
        if self._terminal:
            self._end_line()  # what is said next begins a line

    def piece(self, thinking: str, answer: str) -> None:
        """Show what has come; either may be empty."""
        if thinking and not self._hide_thinking:
            self._begin_thinking()
            self._text(thinking)
        if answer:
            self._end_thinking()
            self._text(answer)

    def _end_line(self) -> None:
        if self._line_open:
            self._write("\n")

    def _begin_thinking(self) -> None:
        if not self._thinking:
            self._thinking = True
            self._write(f"{_GREY if self._colour else ''}Thinking...\n")

    def _end_thinking(self) -> None:
        if self._thinking:
            self._thinking = False
            self._text("\n...done thinking.\n\n", flush=True)
            if self._colour:
                self._write(_PLAIN)

    def _text(self, text: str, *, flush: bool = False) -> None:
        text = clean(text)
        if self._wrap is not None:
            text = self._wrap.feed(text) + (self._wrap.flush() if flush else "")
        if text:
            self._line_open = not text.endswith("\n")
            self._write(text)

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def metric_lines(final: GenerateResponse | ChatResponse) -> list[str]:
    """What `--verbose` prints after the answer; figures that are zero are left out."""
    lines = [
        ("total duration:", go_duration(final.total_duration) if final.total_duration else ""),
        ("load duration:", go_duration(final.load_duration) if final.load_duration else ""),
        *_phase("prompt eval", final.prompt_eval_count, final.prompt_eval_duration),
        *_phase("eval", final.eval_count, final.eval_duration),
    ]
    return [f"{label:<22}{value}" for label, value in lines if value]


def _phase(name: str, tokens: int, nanoseconds: int) -> list[tuple[str, str]]:
    rows = [(f"{name} count:", f"{tokens} token(s)" if tokens else "")]
    if nanoseconds:
        rows.append((f"{name} duration:", go_duration(nanoseconds)))
        rows.append((f"{name} rate:", f"{tokens * _SECOND_NS / nanoseconds:.2f} tokens/s"))
    return rows
