"""From the bytes of tokens to text: characters that span tokens, and stop strings that span pieces."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Text:
    """Feed it the bytes of each token. What may be the beginning of a stop string is held back.

    `stopped_by` is the stop string that was found, or empty; nothing comes after it.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self.stopped_by = ""

    def feed(self, token: bytes) -> str:
        """What is certain by now."""
        self._held += self._decoder.decode(token)
        found = [(place, stop) for stop in self._stops if (place := self._held.find(stop)) >= 0]
        if found:
            place, self.stopped_by = min(found, key=lambda each: each[0])
            text, self._held = self._held[:place], ""
            return text
        end = len(self._held) - max((_overlap(self._held, stop) for stop in self._stops), default=0)
        text, self._held = self._held[:end], self._held[end:]
        return text

    def finish(self) -> str:
        """What was held back, without the bytes of an unfinished character."""
        text, self._held = self._held, ""
        return text


def _overlap(text: str, stop: str) -> int:
    """The length of the longest end of `text` that `stop` begins with."""
    lengths = range(min(len(text), len(stop) - 1), 0, -1)
    return next((length for length in lengths if text.endswith(stop[:length])), 0)
