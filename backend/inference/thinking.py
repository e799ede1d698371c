"""Splitting a stream of text into thinking and answer (the specification's section G.7)."""

from __future__ import annotations

from enum import Enum

OPENING, CLOSING = "<think>", "</think>"  # what most models write


class _Phase(Enum):
    BEFORE = "before"  # nothing but blanks so far
    THINKING = "thinking"
    AFTER = "after"  # the thinking is over, blanks before the answer are eaten
    ANSWER = "answer"


class ThinkingParser:
    """Feed it text as it comes; it returns (thinking, answer) of what is certain and holds back the start of a tag.

    `open_already`: the prompt ended with the opening tag, so the reply begins inside. The tags hold no blanks at
    their ends.
    """

    def __init__(self, opening: str = OPENING, closing: str = CLOSING, *, open_already: bool) -> None:
        self._opening = opening
        self._closing = closing
        self._phase = _Phase.THINKING if open_already else _Phase.BEFORE
        self._held = ""
        self._blank = open_already

    def feed(self, text: str) -> tuple[str, str]:
        self._held += text
        thinking = ""
        if self._phase is _Phase.BEFORE:
            self._begin()
        if self._phase is _Phase.THINKING:
            thinking = self._think()
        if self._phase is _Phase.AFTER:
            self._held = self._held.lstrip()
            if self._held:
                self._phase = _Phase.ANSWER
        answer = ""
        if self._phase is _Phase.ANSWER:
            answer, self._held = self._held, ""
        return thinking, answer

    def finish(self) -> tuple[str, str]:
        """What was held back when the stream ended."""
        held, self._held = self._held, ""
        return (held, "") if self._phase is _Phase.THINKING else ("", held)

    def _begin(self) -> None:
        start = self._held.lstrip()
        if start.startswith(self._opening):
            self._held, self._phase, self._blank = start[len(self._opening) :], _Phase.THINKING, True
        elif not self._opening.startswith(start):
            self._phase = _Phase.ANSWER

    def _think(self) -> str:
        if self._blank:
            self._held = self._held.lstrip()
            self._blank = not self._held
        thinking, tag, rest = self._held.partition(self._closing)
        if tag:
            self._held, self._phase = rest, _Phase.AFTER
            return thinking.rstrip()
        certain = len(self._held) - overlap(self._held, self._closing)
        certain = len(self._held[:certain].rstrip())  # blanks before a closing tag are eaten too
        thinking, self._held = self._held[:certain], self._held[certain:]
        return thinking


def overlap(text: str, tag: str) -> int:
    """How many characters at the end of `text` may be the start of `tag`."""
    return next((size for size in range(min(len(tag) - 1, len(text)), 0, -1) if text.endswith(tag[:size])), 0)
