"""Splitting a stream in which tags stand around thinking and around tool calls."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from backend.inference.parsers.call import NotACall
from backend.inference.thinking import overlap
from backend.inference.tools import LONGEST_CALL, Scanner, new_id
from backend.wire.ollama import ToolCall, ToolCallFunction

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from backend.inference.parsers.call import Call

    Tools = Sequence[Mapping[str, Any]]
    ReadBody = Callable[[str, Tools], list[Call]]


@dataclass(frozen=True, slots=True)
class CallSection:
    """Where a tool call stands. An empty `closing`: it ends with its first JSON object."""

    opening: str
    closing: str
    read: ReadBody


@dataclass(frozen=True, slots=True)
class Grammar:
    """How a family marks the parts of a reply. Tags hold no blanks at their ends.

    `label` may stand behind the opening tag of thinking, before a blank. `ignored` marks are neither shown nor do they
    mean anything here. `anywhere`: thinking may begin in the middle of a reply, not only before all else.
    `call_ends_thinking`: a call may begin while the thinking has not been closed.
    """

    thinking: tuple[str, str] | None = None
    calls: tuple[CallSection, ...] = ()
    ignored: tuple[str, ...] = ()
    label: str = ""
    anywhere: bool = False
    call_ends_thinking: bool = False


class _Phase(Enum):
    START = "start"  # nothing but blanks so far
    LABEL = "label"  # behind an opening tag of thinking
    THINKING = "thinking"
    CONTENT = "content"


class SectionParser:
    """Feed it text as it comes; it returns (thinking, content) of what is certain. `calls` grows as calls are complete.

    `inside`: the prompt ended with the opening tag of thinking. Blanks around thinking and before a call are dropped.
    What looks like a call and is none becomes content, its tags included.
    """

    def __init__(self, grammar: Grammar, tools: Tools, *, inside: bool) -> None:
        self.calls: list[ToolCall] = []
        self._grammar = grammar
        self._tools = tools
        self._phase = _Phase.THINKING if inside else _Phase.START
        self._may_repeat = inside  # some models write the opening tag that the prompt ended with once more
        self._eats_blanks = inside
        self._held = ""
        self._section: CallSection | None = None  # of the call that is being collected
        self._scanner = Scanner()
        self._thinking: list[str] = []
        self._content: list[str] = []

    def feed(self, text: str) -> tuple[str, str]:
        self._held += text
        while self._step():
            pass
        return self._released()

    def finish(self) -> tuple[str, str]:
        """What was held back when the stream ended."""
        if self._section is not None:
            self._read_call(self._section, self._held, closing="")
        elif self._phase in {_Phase.THINKING, _Phase.LABEL}:
            self._thinking.append("" if self._held == self._grammar.label else self._held)
        else:
            self._content.append(self._held)
        self._held = ""
        return self._released()

    def _released(self) -> tuple[str, str]:
        released = "".join(self._thinking), "".join(self._content)
        self._thinking, self._content = [], []
        return released

    def _step(self) -> bool:
        """Take what is certain from the held text; whether there may be more."""
        if self._section is not None:
            return self._collect(self._section)
        match self._phase:
            case _Phase.START:
                return self._start()
            case _Phase.LABEL:
                return self._skip_label()
            case _Phase.THINKING:
                return self._think()
            case _Phase.CONTENT:
                return self._tell()

    def _start(self) -> bool:
        thinking = self._grammar.thinking
        start = self._held.lstrip()
        if thinking is None:
            self._phase = _Phase.CONTENT
        elif start.startswith(thinking[0]):
            self._open_thinking(start[len(thinking[0]) :])
        elif thinking[0].startswith(start):
            return False
        else:
            self._phase = _Phase.CONTENT
        return True

    def _open_thinking(self, rest: str) -> None:
        self._held, self._eats_blanks = rest, True
        self._phase = _Phase.LABEL if self._grammar.label else _Phase.THINKING

    def _skip_label(self) -> bool:
        label, closing = self._grammar.label, self._closing
        if self._held.startswith(label):
            rest = self._held[len(label) :]
            if len(rest) < len(closing) and closing.startswith(rest):
                return False
            if rest[0].isspace() or rest.startswith(closing):
                self._held = rest
        elif label.startswith(self._held):
            return False
        self._phase = _Phase.THINKING
        return True

    @property
    def _closing(self) -> str:
        return self._grammar.thinking[1] if self._grammar.thinking else ""

    def _think(self) -> bool:
        if self._eats_blanks:
            self._held = self._held.lstrip()
            if not self._held:
                return False
        if self._may_repeat and self._grammar.thinking:
            opening = self._grammar.thinking[0]
            if self._held.startswith(opening):
                self._may_repeat = False
                self._open_thinking(self._held[len(opening) :])
                return True
            if opening.startswith(self._held):
                return False
        self._may_repeat = self._eats_blanks = False
        sections = self._grammar.calls if self._grammar.call_ends_thinking else ()
        tag = self._next_tag((self._closing, *(section.opening for section in sections)), self._thinking)
        if not tag:
            return False
        if tag == self._closing:
            self._phase, self._eats_blanks = _Phase.CONTENT, True
        else:
            self._begin_call(tag)
        return True

    def _tell(self) -> bool:
        if self._eats_blanks:
            self._held = self._held.lstrip()
            if not self._held:
                return False
        grammar = self._grammar
        opening = (grammar.thinking[0],) if grammar.thinking and grammar.anywhere else ()
        tags = (*opening, *(section.opening for section in grammar.calls), *grammar.ignored)
        told = len(self._content)
        tag = self._next_tag(tags, self._content, keep_blanks=grammar.ignored)
        self._eats_blanks = self._eats_blanks and len(self._content) == told
        if tag in opening:
            self._open_thinking(self._held)
        elif tag and tag not in grammar.ignored:
            self._begin_call(tag)
        return bool(tag)

    def _next_tag(self, tags: Sequence[str], into: list[str], *, keep_blanks: Sequence[str] = ()) -> str:
        """The first of the tags in the held text, which then begins behind it. What certainly is text goes to `into`;
        blanks before a tag are dropped, save before one of `keep_blanks`.
        """
        found = [(place, -len(tag), tag) for tag in tags if (place := self._held.find(tag)) >= 0]
        if found:
            place, _, tag = min(found)
            before, self._held = self._held[:place], self._held[place + len(tag) :]
            self._add(before if tag in keep_blanks else before.rstrip(), into)
            return tag
        certain = len(self._held) - max((overlap(self._held, tag) for tag in tags), default=0)
        certain = len(self._held[:certain].rstrip())
        text, self._held = self._held[:certain], self._held[certain:]
        self._add(text, into)
        return ""

    @staticmethod
    def _add(text: str, into: list[str]) -> None:
        if text:
            into.append(text)

    def _begin_call(self, opening: str) -> None:
        self._section = next(section for section in self._grammar.calls if section.opening == opening)
        self._phase, self._eats_blanks, self._scanner = _Phase.CONTENT, True, Scanner()

    def _collect(self, section: CallSection) -> bool:
        closing = section.closing
        end = self._held.find(closing) if closing else self._scanner.end_of_object(self._held) or -1
        if end < 0:
            if len(self._held) <= LONGEST_CALL:
                return False
            end = len(self._held)
            closing = ""
        body, self._held = self._held[:end], self._held[end + len(closing) :]
        self._read_call(section, body, closing)
        return True

    def _read_call(self, section: CallSection, body: str, closing: str) -> None:
        self._section = None
        try:
            if len(body) > LONGEST_CALL:
                raise NotACall("too long")
            found = section.read(body, self._tools)
        except NotACall:
            self._content.append(section.opening + body + closing)
            self._eats_blanks = False
            return
        self.calls += [made(call, place) for place, call in enumerate(found, len(self.calls))]


def made(call: Call, index: int) -> ToolCall:
    """The call as clients get it."""
    function = ToolCallFunction(index=index, name=call.name, arguments=call.arguments)
    return ToolCall(id=call.id or new_id(), function=function)
