"""Blocks → strips of a given width.

A block that grows lays out again only what is not final yet of its last part, and its tail (status, blank row): the
cost of a flush does not grow with the reply.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from textual.strip import Strip

from tui.transcript.block import FOLDABLE, Block, Kind, Part, Role
from tui.transcript.markdown import MarkdownLayout
from tui.transcript.plain import PlainLayout
from tui.transcript.rows import Rows
from tui.transcript.tone import INDENT, Line, Palette, Tone, Tones
from tui.transcript.wrap import expand_tabs

_EMPTY = "  "
_SUMMARY = 200  # characters of a folded block that are looked at
_NAMES = {Kind.THINKING: ("thinking …", "thought"), Kind.TOOL: ("tool", "tool")}


@dataclass(slots=True)
class _Laid:
    """A part as it stands in the strips from row `start` on: `head` rows of its own, then those of `layout`."""

    part: Part
    layout: MarkdownLayout | PlainLayout
    start: int
    head: int
    folded: bool
    growing: bool


class BlockLayout:
    """The strips of one block. `update` after the block changed; `strips` is then current."""

    def __init__(self, block: Block, width: int, palette: Palette) -> None:
        self.block = block
        self.strips: list[Strip] = []
        self._width = max(width, INDENT + 2)
        self._palette = palette
        self._laid: list[_Laid] = []
        self._title: tuple[object, ...] = ()
        self.update()

    def update(self) -> int:
        """Lay out what changed; the index of the first strip that differs."""
        block = self.block
        title = (block.title, block.siblings, block.folded, self._gist() if block.folded else "")
        if title != self._title:
            self._title = title
            self._laid.clear()
        self._forget_changed()
        first = self._fixed()
        before = self.strips[first:]
        del self.strips[first:]
        if not self._laid:
            self.strips += self._title_rows()
        if not block.folded:
            self._add_parts()
            if block.status:
                self.strips += self._status_rows()
        self.strips.append(Strip([]))
        for old, new in zip(before, self.strips[first:], strict=False):
            if old != new:
                break
            first += 1
        return first

    def foldable_at(self, row: int) -> Part | None:
        """The part whose heading stands in a row, if it can be folded."""
        for laid in self._laid:
            if laid.head and laid.start == row:
                return laid.part
        return None

    def _forget_changed(self) -> None:
        """Keep the parts before the first that is folded or finished now and was not, or the other way round."""
        block = self.block
        for index, laid in enumerate(self._laid):
            if (laid.folded, laid.growing) != (block.is_folded(laid.part), self._grows(index)):
                del self._laid[index:]
                break

    def _fixed(self) -> int:
        """How many strips cannot change."""
        if not self._laid:
            return 0
        last = self._laid[-1]
        return last.start + last.head + (0 if last.folded else last.layout.final)

    def _grows(self, index: int) -> bool:
        return self.block.open and index == len(self.block.parts) - 1

    def _add_parts(self) -> None:
        parts = self.block.parts
        for index in range(max(0, len(self._laid) - 1), len(parts)):
            part = parts[index]
            if index == len(self._laid):
                self._begin(part, growing=self._grows(index))
            laid = self._laid[index]
            if not laid.folded:
                fixed = laid.layout.final
                laid.layout.update(growing=laid.growing)
                self.strips += laid.layout.strips[fixed:]
            following = parts[index + 1] if index + 1 < len(parts) else None
            if following is not None and part.kind in FOLDABLE and following.kind is not part.kind:
                self.strips.append(Strip([]))

    def _begin(self, part: Part, *, growing: bool) -> None:
        folded, start = self.block.is_folded(part), len(self.strips)
        if part.kind in FOLDABLE:
            self.strips.append(self._heading(part, folded=folded, growing=growing))
        self._laid.append(_Laid(part, self._layout(part), start, len(self.strips) - start, folded, growing))

    def _layout(self, part: Part) -> MarkdownLayout | PlainLayout:
        rows, block = Rows(self._width, self._palette), self.block
        match part.kind:
            case Kind.ERROR:
                rows.push(("✗ ", (Tone.ERROR,)), (_EMPTY, (Tone.ERROR,)))
                return PlainLayout(part, rows, (Tone.ERROR,))
            case Kind.NOTE:
                rows.push(None, (_EMPTY, (Tone.NOTE,)))
                return PlainLayout(part, rows, (Tone.NOTE,))
            case Kind.THINKING | Kind.TOOL:
                rows.push(None, (_EMPTY, (Tone.THINKING,)))
                rows.push(None, ("│ ", (Tone.THINKING,)))
                return PlainLayout(part, rows, (Tone.THINKING,), skipped=int(part.kind is Kind.TOOL))
            case _ if block.role is Role.USER:
                rows.push(None, ("▌ ", (Tone.USER,)))
                return PlainLayout(part, rows, (Tone.TEXT,))
        rows.push(None, (_EMPTY, (Tone.TEXT,)))
        return MarkdownLayout(part, rows)

    def _title_rows(self) -> list[Strip]:
        block = self.block
        if block.role is Role.HINT:
            return []
        tone: Tones = (Tone.USER if block.role is Role.USER else Tone.MODEL,)
        mark = "▸ " if block.folded else "▌ " if block.role is Role.USER else _EMPTY
        rows = Rows(self._width, self._palette)
        rows.push((mark, tone), (_EMPTY, tone))
        shown, total = block.siblings
        line: Line = (
            (expand_tabs(block.title), tone),
            (f"  {shown}/{total}", (Tone.NOTE,)) if total > 1 else ("", tone),
        )
        if block.folded:
            line = (*line, (f"  {self._gist()}", (Tone.NOTE,)))
            rows.emit(line)
        else:
            rows.words(line)
        return rows.strips

    def _gist(self) -> str:
        """What a folded block says in a row; nothing is counted while it grows."""
        if self.block.open:
            return "…"
        words = sum(len(part.text.split()) for part in self.block.parts)
        start = " ".join(self.block.text[:_SUMMARY].split())
        size = f"{words:,} words" if words != 1 else "1 word"
        room = self._width - INDENT - cell_len(self.block.title) - len(size) - 12
        return f"{_shortened(start, room)} · {size}" if start and room > 8 else size

    def _heading(self, part: Part, *, folded: bool, growing: bool) -> Strip:
        open_name, name = _NAMES[part.kind]
        if part.kind is Kind.TOOL:
            text = f"{name}: {expand_tabs(part.text.partition(chr(10))[0])}"
        elif growing:
            text = open_name
        else:
            words = len(part.text.split())
            text = f"{name}, {words:,} {'word' if words == 1 else 'words'}"
        rows = Rows(self._width, self._palette)
        tones: Tones = (Tone.THINKING,)
        mark = f"{_EMPTY}{'▸' if folded else '▾'} "
        rows.emit([(mark, tones), (_shortened(text, self._width - cell_len(mark)), tones)])
        return rows.strips[0]

    def _status_rows(self) -> list[Strip]:
        rows = Rows(self._width, self._palette)
        rows.push(None, (_EMPTY, (Tone.NOTE,)))
        rows.words(((expand_tabs(self.block.status), (Tone.NOTE,)),))
        return rows.strips


def _shortened(text: str, room: int) -> str:
    short = set_cell_size(text, max(1, room)).rstrip()
    return text if short == text.rstrip() else set_cell_size(text, max(1, room - 1)).rstrip() + "…"
