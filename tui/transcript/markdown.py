"""Markdown text that may grow → rows. What is final is read and laid out once, only the rest again."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING

from tui.transcript import parser
from tui.transcript.mend import mend
from tui.transcript.plain import PlainLayout
from tui.transcript.render import Renderer
from tui.transcript.sections import Context, Section, is_final, parting, sections
from tui.transcript.source import Window, window
from tui.transcript.tone import Tone

if TYPE_CHECKING:
    from textual.strip import Strip

    from tui.transcript.block import Part
    from tui.transcript.rows import Rows

_WORDS = re.compile(r"[^\W\d_](?:[^\W_]|[ ,.…])*(?<! )")
_SHORT = 200
_TOKENS = 100_000  # a book; text that is nothing but marks would take seconds
_CHARACTERS, _LINES = 3_000, 96  # read at a time, more only where a block does not end


class MarkdownLayout:
    """The rows of one part. `strips[:final]` will not change. What comes after very many marks is shown as written."""

    def __init__(self, part: Part, rows: Rows) -> None:
        self._part = part
        self._rows = rows
        self._done = 0  # characters that are final
        self._context = Context()
        self._tokens = 0  # of what is final
        self._rest: PlainLayout | None = None
        self.final = 0

    @property
    def strips(self) -> list[Strip]:
        """The rows."""
        return self._rows.strips

    def update(self, *, growing: bool) -> None:
        """Lay out what is new. `growing`: more text may come, so the last line is shown as what it is about to be."""
        if self._rest is None:
            self._read(growing=growing)
        if self._tokens > _TOKENS:
            self._rest = self._rest or PlainLayout(self._part, self._rows, (Tone.TEXT,), start=self._done)
            self._rest.update(growing=growing)
            self.final = self._rest.final

    def _read(self, *, growing: bool) -> None:
        self._rows.cut(self.final)
        if len(self._part.text) < _SHORT and _WORDS.fullmatch(
            self._part.text
        ):  # needs no parser, which is not there before the first paint
            self._rows.words(((self._part.text, (Tone.TEXT,)),))
            return
        size = 1
        while True:
            begun = self._done, self._context
            seen = window(self._part.text, self._done, size * _CHARACTERS, size * _LINES)
            rest = self._settle(seen)
            if self._tokens > _TOKENS:
                return
            stuck = begun == (self._done, self._context)
            if stuck and seen.at_end:
                break
            size = size * 2 if stuck else 1
        self._lay_out_rest(seen, rest, growing=growing)

    def _settle(self, seen: Window) -> list[Section]:
        """Make final what can be; the blocks that cannot."""
        given = len(self._context.given)
        lines = [*self._context.given, *seen.lines]
        offsets = [*([seen.offsets[0]] * given), *seen.offsets]
        complete = given + seen.complete
        found = list(sections(parser.parse("\n".join(lines))))
        if not found and not seen.at_end:  # nothing but blank lines
            self._finish(seen.offsets[-1], Context())
        for section, following in zip_longest(found, found[1:]):
            parted = parting(section, lines, offsets, complete)
            if parted is not None:
                head = ["" for _ in lines[: section.start]] + lines[section.start : parted.line]
                parted_off = Section(parser.parse("\n".join((*head, ""))), section.start, parted.line)
                self._tokens += self._draw(parted_off, head, offsets)
                self._finish(offsets[parted.line], parted.context)
                return []
            if following is None or not is_final(following, complete):
                break
            self._tokens += self._draw(section, lines, offsets)
            self._finish(offsets[following.start], Context())
            if self._tokens > _TOKENS:
                break
        return found

    def _lay_out_rest(self, seen: Window, rest: list[Section], *, growing: bool) -> None:
        lines = [*self._context.given, *seen.lines]
        offsets = [*([seen.offsets[0]] * len(self._context.given)), *seen.offsets]
        if growing and rest and not rest[-1].is_code:
            mended = mend(lines)
            if mended is not lines:
                lines = mended
                rest = list(sections(parser.parse("\n".join(lines))))
        for section in rest:
            self._draw(section, lines, offsets)

    def _draw(self, section: Section, lines: list[str], offsets: list[int]) -> int:
        """Add the rows of a block; how many tokens it took."""
        inside = section.start < len(self._context.given)
        renderer = Renderer(
            self._rows,
            lines,
            given=len(self._context.given) if inside else 0,
            seen=self._context.seen if inside else "",
        )
        renderer.draw(section.tokens, apart=not inside and self._is_apart(offsets[section.start]))
        return len(section.tokens)

    def _is_apart(self, offset: int) -> bool:
        """Whether the line before is blank, and not only because nothing stands there yet."""
        before = self._part.text.rfind("\n", 0, max(0, offset - 1)) + 1
        return bool(self._rows.strips) and not self._part.text[before:offset].strip()

    def _finish(self, done: int, context: Context) -> None:
        self._done, self._context = done, context
        self.final = len(self._rows.strips)
