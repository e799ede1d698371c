"""The blocks of a chat as rows of a given width, of which only those in sight are laid out."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from tui.transcript.heights import Heights
from tui.transcript.layout import BlockLayout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.strip import Strip

    from tui.transcript.block import Block
    from tui.transcript.tone import Palette

_LAYOUTS, _ROWS = 256, 40_000  # kept beyond what is in sight


class Document:
    """Owns the blocks. Nothing has rows before `style` said how wide and in which colours."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.heights = Heights()
        self.width = 0
        self._palette: Palette | None = None
        self._layouts: OrderedDict[int, BlockLayout] = OrderedDict()
        self._rows = 0

    def fill(self, blocks: Iterable[Block]) -> None:
        """Have these blocks and no others."""
        self.blocks = list(blocks)
        self._forget_layouts()
        self._estimate()

    def style(self, width: int, palette: Palette) -> None:
        """Lay out anew; heights remain known if the width does."""
        self._forget_layouts()
        self._palette = palette
        if width != self.width:
            self.width = width
            self._estimate()

    def add(self, block: Block) -> None:
        """One more block at the end."""
        self.blocks.append(block)
        if self.width:
            self.heights.append(estimate(block, self.width))
            self.layout(len(self.blocks) - 1)

    def index(self, block: Block) -> int:
        """Where a block is. Raises `ValueError` for one that is not here."""
        for index in range(len(self.blocks) - 1, -1, -1):
            if self.blocks[index] is block:
                return index
        raise ValueError("this block is not in the transcript")

    def changed(self, index: int) -> tuple[int, int]:
        """Lay out what changed in a block; the rows from which and up to which something else stands now."""
        before = self.heights.height(index)
        fresh = index not in self._layouts
        layout = self.layout(index)
        rows = len(layout.strips)
        first = 0 if fresh else layout.update()
        after = len(layout.strips)
        self._rows += after - rows
        self.heights.set(index, after)
        start = self.heights.start(index)
        if after == before:
            return start + first, start + after
        return start + first, max(self.heights.total, self.heights.total + before - after)

    def layout(self, index: int) -> BlockLayout:
        """The layout of a block, which is made if it is not there. Its height is exact from then on."""
        layout = self._layouts.get(index)
        if layout is None:
            if self._palette is None:
                raise ValueError("the width is not known yet")
            layout = BlockLayout(self.blocks[index], self.width, self._palette)
            self._layouts[index] = layout
            self._rows += len(layout.strips)
            self.heights.set(index, len(layout.strips))
            self._drop_oldest()
        self._layouts.move_to_end(index)
        return layout

    def strip(self, row: int) -> tuple[int, int, Strip]:
        """Block, row within it, and strip of a row that exists."""
        index, within = self.heights.at(row)
        strips = self.layout(index).strips
        return index, within, strips[min(within, len(strips) - 1)]

    def measure_down(self, row: int, count: int) -> None:
        """Have the heights of the blocks in so many rows from `row` on exact."""
        end = row + count
        while row < min(end, self.heights.total):
            index, _ = self.heights.at(row)
            if not self.heights.is_exact(index):
                self.layout(index)  # the row may belong to the next block now
            else:
                row = self.heights.start(index + 1)

    def measure_up(self, index: int, count: int) -> None:
        """Have the heights of the blocks in so many rows above a block exact."""
        while index > 0 and count > 0:
            index -= 1
            self.layout(index)
            count -= self.heights.height(index)

    def _estimate(self) -> None:
        self.heights = Heights(estimate(block, self.width) for block in self.blocks) if self.width else Heights()

    def _forget_layouts(self) -> None:
        self._layouts.clear()
        self._rows = 0

    def _drop_oldest(self) -> None:
        while len(self._layouts) > 1 and (len(self._layouts) > _LAYOUTS or self._rows > _ROWS):
            _, layout = self._layouts.popitem(last=False)
            self._rows -= len(layout.strips)


def estimate(block: Block, width: int) -> int:
    """About how many rows a block takes, without laying it out."""
    if block.folded:
        return 2
    rows = 2
    for part in block.parts:
        rows += 2 if block.is_folded(part) else 1 + part.text.count("\n") + len(part.text) // max(1, width)
    return rows
