"""Splitting a stream of messages, each with a header that says what it is: Harmony (section G.10) and Glimmer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from backend.inference.parsers.sections import made
from backend.inference.thinking import overlap
from backend.inference.tools import LONGEST_CALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend.inference.parsers.call import Call
    from backend.wire.ollama import ToolCall

_LONGEST_HEADER = 1 << 12  # characters; what is longer is text
START, MESSAGE = "<|start|>", "<|message|>"


class Kind(Enum):
    THINKING = "thinking"
    CONTENT = "content"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says. `recipient` is the name of a tool if it is a call."""

    kind: Kind
    recipient: str = ""


class Dialect(Protocol):
    """What differs between the families."""

    ends: tuple[str, ...]
    """The marks that end a message. `<|start|>` does so too."""

    def header(self, text: str) -> Header:
        """What stands before `<|message|>`, with or without `<|start|>` and the role."""
        ...

    def read(self, recipient: str, text: str) -> Sequence[Call] | None:
        """The calls in a message to a tool; `None` shows it as text. May raise `BackendError`."""
        ...


class MessageParser:
    """Feed it text as it comes; it returns (thinking, content) of what is certain. `calls` grows as calls are complete.

    A start of a message is taken as said. `opened` is the header of a message that the prompt has begun, if any.
    """

    def __init__(self, dialect: Dialect, opened: str | None = None) -> None:
        self.calls: list[ToolCall] = []
        self._dialect = dialect
        self._header = None if opened is None else dialect.header(opened)
        self._held = ""
        self._call: list[str] = []  # the text of a message to a tool
        self._size = 0  # of it, in characters
        self._thinking: list[str] = []
        self._content: list[str] = []

    def feed(self, text: str) -> tuple[str, str]:
        self._held += text
        while self._read_header() if self._header is None else self._read_body(self._header):
            pass
        return self._released()

    def finish(self) -> tuple[str, str]:
        """What was held back when the stream ended. Raises what the dialect's `read` raises."""
        held, self._held = self._held, ""
        if self._header is not None:
            self._take(self._header, held)
            self._end(self._header)
        elif "<|" not in held:  # a reply without any header
            self._content.append(held)
        return self._released()

    def _released(self) -> tuple[str, str]:
        released = "".join(self._thinking), "".join(self._content)
        self._thinking, self._content = [], []
        return released

    def _read_header(self) -> bool:
        text, mark, rest = self._held.partition(MESSAGE)
        if mark:
            self._header, self._held = self._dialect.header(text), rest
        elif len(self._held) > _LONGEST_HEADER:
            # Without its mark, which would begin the same header again.
            self._header, self._held = Header(Kind.CONTENT), self._held.removeprefix(START)
        return self._header is not None

    def _read_body(self, header: Header) -> bool:
        marks = (*self._dialect.ends, START)
        found = [(place, mark) for mark in marks if (place := self._held.find(mark)) >= 0]
        if not found:
            certain = len(self._held) - max(overlap(self._held, mark) for mark in marks)
            text, self._held = self._held[:certain], self._held[certain:]
            self._take(header, text)
            return False
        place, mark = min(found)
        self._take(header, self._held[:place])
        self._held = self._held[place if mark == START else place + len(mark) :]
        self._end(header)
        return True

    def _take(self, header: Header, text: str) -> None:
        if header.kind is Kind.THINKING:
            self._thinking.append(text)
        elif header.kind is Kind.CONTENT or self._size > LONGEST_CALL:
            self._content.append(text)
        else:
            self._call.append(text)
            self._size += len(text)
            if self._size > LONGEST_CALL:
                self._content.append("".join(self._call))
                self._call = []

    def _end(self, header: Header) -> None:
        if header.kind is Kind.CALL and self._size <= LONGEST_CALL:
            text = "".join(self._call)
            found = self._dialect.read(header.recipient, text)
            if found is None:
                self._content.append(text)
            else:
                self.calls += [made(call, place) for place, call in enumerate(found, len(self.calls))]
        self._call, self._size = [], 0
        self._header = None
