"""Blocks → strips of a given width.

A complete source line never changes once more text follows it, so a block that is still growing lays out again only
its last, open line and its tail (status, blank row): the cost of a flush does not grow with the reply.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.transcript import inline
from tui.transcript.block import Block, Kind, Part, Role
from tui.transcript.wrap import expand_tabs, fold, wrap


class Tone(Enum):
    """What a piece of text is, so that the theme can say how it looks."""

    USER = "user"
    MODEL = "model"
    TEXT = "text"
    BOLD = "bold"
    HEADING = "heading"
    CODE = "code"
    FENCE = "fence"
    THINKING = "thinking"
    NOTE = "note"
    ERROR = "error"


Styles = Mapping[Tone, Style]
INDENT = 2
_FENCE = re.compile(r"\s{0,3}(```+|~~~+)\s*([^`]*)")
_PLAIN = {Kind.THINKING: Tone.THINKING, Kind.NOTE: Tone.NOTE}


class BlockLayout:
    """The strips of one block. `update` after the block changed; `strips` is then current."""

    def __init__(self, block: Block, width: int, styles: Styles) -> None:
        self.block = block
        self.strips: list[Strip] = []
        self._width = max(width, INDENT + 2)
        self._styles = styles
        self._fence = ""
        self._part = 0  # the part that is being laid out, and how much of it is final
        self._offset = 0
        self._final = 0  # strips that will not change
        if block.role is not Role.HINT:
            tone = Tone.USER if block.role is Role.USER else Tone.MODEL
            self._rows(expand_tabs(block.title), tone, mark="▌ " if block.role is Role.USER else "  ")
            self._final = len(self.strips)
        self.update()

    def update(self) -> int:
        """Lay out what changed; the index of the first strip that differs."""
        first = self._final
        before = self.strips[first:]
        del self.strips[first:]
        parts = self.block.parts
        while self._part < len(parts):
            part = parts[self._part]
            lines = part.text[self._offset :].split("\n")
            for line in lines[:-1]:
                self._line(part, line)
                self._offset += len(line) + 1
            self._final = len(self.strips)
            if self._part == len(parts) - 1:
                self._open_line(part, lines[-1])
                break
            if lines[-1]:
                self._line(part, lines[-1])
            self._close_part()
        if self.block.status:
            self._rows(expand_tabs(self.block.status), Tone.NOTE)
        self.strips.append(Strip([]))
        for old, new in zip(before, self.strips[first:], strict=False):
            if old != new:
                break
            first += 1
        return first

    def _open_line(self, part: Part, line: str) -> None:
        """The last line may still grow: its strips are not final, and a fence it seems to open or close is not yet."""
        if line:
            fence = self._fence
            self._line(part, line)
            self._fence = fence

    def _close_part(self) -> None:
        if self.block.parts[self._part].kind is Kind.THINKING:
            self.strips.append(Strip([]))
        self._fence, self._offset = "", 0
        self._part += 1
        self._final = len(self.strips)

    def _line(self, part: Part, line: str) -> None:
        line = expand_tabs(line)
        if part.kind is Kind.ERROR:
            self._rows(line, Tone.ERROR, mark="  " if self._offset else "✗ ")
        elif part.kind in _PLAIN:
            mark = "│ " if part.kind is Kind.THINKING else "  "
            self._rows(line, _PLAIN[part.kind], mark=mark, mark_every=True)
        elif self.block.role is Role.USER:
            self._rows(line, Tone.TEXT, mark="▌ ", mark_tone=Tone.USER, mark_every=True)
        elif self.block.role is Role.HINT:
            self._styled(line)
        elif match := _FENCE.fullmatch(line):
            self._fence_line(line, match)
        elif self._fence:
            self._code(line)
        else:
            self._styled(line)

    def _fence_line(self, line: str, match: re.Match[str]) -> None:
        mark, info = match[1], match[2].strip()
        if not self._fence:
            self._fence = mark
            self._rule(f"╭─ {info} " if info else "╭─")
        elif mark.startswith(self._fence) and not info:
            self._fence = ""
            self._rule("╰─")
        else:
            self._code(line)

    def _rule(self, text: str) -> None:
        room = self._width - INDENT
        text = text[: fold(text, room)[0][1]]
        strip = Strip([Segment("  "), Segment(text, self._styles[Tone.FENCE])])
        rest = self._width - strip.cell_length
        self._push(Strip([*strip, Segment("─" * max(rest, 0), self._styles[Tone.FENCE])]))

    def _code(self, line: str) -> None:
        style = self._styles[Tone.CODE]
        for start, end in fold(line, max(1, self._width - INDENT - 2)):
            code = Strip([Segment("  "), Segment("│ ", self._styles[Tone.FENCE]), Segment(line[start:end], style)])
            self._push(code)

    def _rows(
        self, line: str, tone: Tone, *, mark: str = "  ", mark_tone: Tone | None = None, mark_every: bool = False
    ) -> None:
        style = self._styles[tone]
        mark_style = self._styles[mark_tone or tone]
        for index, (start, end) in enumerate(wrap(line, self._width - INDENT)):
            lead = mark if mark_every or index == 0 else "  "
            self._push(Strip([Segment(lead, mark_style), Segment(line[start:end], style)]))

    def _styled(self, source: str) -> None:
        line = inline.parse(source)
        base = self._styles[Tone.HEADING if line.heading else Tone.TEXT]
        hang = min(line.hang, self._width // 2)
        for index, (start, end) in enumerate(wrap(line.text, self._width - INDENT, hang)):
            lead = " " * (INDENT + (hang if index else 0))
            self._push(Strip([Segment(lead), *self._spans(line, start, end, base)]))

    def _spans(self, line: inline.Line, start: int, end: int, base: Style) -> list[Segment]:
        segments: list[Segment] = []
        at = start
        for first, last, key in line.spans:
            first, last = max(first, at), min(last, end)
            if first >= last:
                continue
            if first > at:
                segments.append(Segment(line.text[at:first], base))
            segments.append(Segment(line.text[first:last], self._styles[Tone(key)]))
            at = last
        if at < end:
            segments.append(Segment(line.text[at:end], base))
        return segments

    def _push(self, strip: Strip) -> None:
        """Nothing wider than the screen leaves here, whatever the text was."""
        self.strips.append(strip if strip.cell_length <= self._width else strip.crop(0, self._width))
