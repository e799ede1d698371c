"""Finding text in a chat."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.strip import Strip

    from tui.transcript.block import Block
    from tui.transcript.document import Document


class Query:
    """Words to look for: small letters also find capitals, a capital only itself. Spaces match any space."""

    def __init__(self, text: str) -> None:
        flags = 0 if any(character.isupper() for character in text) else re.IGNORECASE
        self._pattern = re.compile(r"\s+".join(re.escape(word) for word in text.split()) or r"(?!)", flags)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Offsets of what was found."""
        return [match.span() for match in self._pattern.finditer(text)]

    def is_in(self, text: str) -> bool:
        """Whether it is there at all."""
        return self._pattern.search(text) is not None

    def is_in_block(self, block: Block) -> bool:
        """Whether a message has it, in what is folded too."""
        return self.is_in(block.title) or any(self.is_in(part.text) for part in block.parts)

    def unfold(self, block: Block) -> None:
        """Open what hides it."""
        block.folded = False
        for part in block.parts:
            if block.is_folded(part) and self.is_in(part.text):
                part.folded = False


class Search:
    """Goes from match to match. `place` is block and row of the one it is at; `hits` are the blocks that have any."""

    def __init__(self, query: Query, blocks: Sequence[Block]) -> None:
        self.query = query
        self.hits = [index for index, block in enumerate(blocks) if query.is_in_block(block)]
        self.place: tuple[int, int] | None = None

    @property
    def ordinal(self) -> int:
        """Which of the messages found one is at, from 1; 0 before the first."""
        return 0 if self.place is None else bisect_right(self.hits, self.place[0])

    def note(self, index: int, block: Block) -> None:
        """A block is new or changed."""
        at = bisect_left(self.hits, index)
        if (self.hits[at : at + 1] != [index]) and self.query.is_in_block(block):
            self.hits.insert(at, index)

    def seek(self, document: Document, start: tuple[int, int], step: int) -> tuple[int, int] | None:
        """The next match after block and row `start`, backwards if `step` is -1, around the ends; `None` if none is."""
        index, row = start
        if not self.hits:
            return None
        rows = self._rows(document, index) if index in self.hits else []
        further = [found for found in rows if (found - row) * step > 0]
        if not further:
            at = bisect_right(self.hits, index) if step > 0 else bisect_left(self.hits, index) - 1
            index = self.hits[at % len(self.hits)]
            further = self._rows(document, index)
        self.place = index, further[0 if step > 0 else -1]
        return self.place

    def _rows(self, document: Document, index: int) -> list[int]:
        """Rows of a block that show it; the first if its text is broken over rows or hidden by marks."""
        self.query.unfold(document.blocks[index])
        document.changed(index)
        rows = [row for row, strip in enumerate(document.layout(index).strips) if self.query.is_in(strip_text(strip))]
        return rows or [0]


def strip_text(strip: Strip) -> str:
    """What a strip says."""
    return "".join(segment.text for segment in strip)
