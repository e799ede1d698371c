"""Blocks of Markdown → rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui.terminal.sanitize import clean_line
from tui.transcript import parser
from tui.transcript.highlight import highlight
from tui.transcript.table import Table
from tui.transcript.tone import Tone, Tones

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

    from tui.transcript.rows import Rows

_TEXT: Tones = (Tone.TEXT,)
_EDGE: Tones = (Tone.FENCE,)
_HEADINGS: dict[str, Tones] = {"h1": (Tone.HEADING, Tone.TITLE), "h2": (Tone.HEADING,)}
_LOWER_HEADING: Tones = (Tone.HEADING, Tone.ITALIC)
_BLANK = re.compile(r"[\s>]*")


class Renderer:
    """Draws tokens of `source`, the lines that were parsed.

    The first `given` lines stand before the text that is drawn, so that a piece from the middle of a block is
    understood; they leave no mark. `seen` is code of the same fence that stands before the piece.
    """

    def __init__(self, rows: Rows, source: Sequence[str], *, given: int = 0, seen: str = "") -> None:
        self._rows = rows
        self._source = source
        self._given = given
        self._seen = seen
        self._gapped = 0  # no blank row above this line: it has one, or is the first
        self._base: Tones = _TEXT
        self._depth = 0

    def draw(self, tokens: Sequence[Token], *, apart: bool) -> None:
        """Draw blocks; `apart` puts a blank row before the first."""
        if apart:
            self._rows.blank()
        self._gapped = tokens[0].map[0] if tokens and tokens[0].map else 0
        if any(token.level >= parser.DEPTH - 1 for token in tokens):
            self._as_written(tokens)
            return
        index = 0
        while index < len(tokens):
            token = tokens[index]
            self._gap(token)
            if token.type == "table_open":
                index = self._table(tokens, index)
                continue
            self._block(token)
            index += 1

    def _as_written(self, tokens: Sequence[Token]) -> None:
        """Beyond its depth the parser drops what it reads; such blocks are shown as their source."""
        maps = [token.map for token in tokens if token.map]
        for line in self._source[max(maps[0][0], self._given) : max(end for _, end in maps)]:
            self._rows.code(((clean_line(line), _TEXT),))

    def _gap(self, token: Token) -> None:
        """A blank row where the source has blank lines between blocks."""
        if token.map is None or token.map[0] <= self._gapped or token.type == "inline":
            return
        self._gapped = token.map[0]
        if token.map[0] > self._given and _BLANK.fullmatch(self._source[token.map[0] - 1]):
            self._rows.blank()

    def _block(self, token: Token) -> None:
        match token.type:
            case "inline":
                for line in parser.lines(token.content, self._base):
                    self._rows.words(line)
            case "heading_open":
                self._base = _HEADINGS.get(token.tag, _LOWER_HEADING)
            case "heading_close":
                self._base = _TEXT
            case "fence":
                self._fence(token)
            case "code_block":
                self._rows.push(None, ("│ ", _EDGE))
                for line in highlight(token.content.rstrip("\n") + "\n", ""):
                    self._rows.code(line)
                self._rows.pop()
            case "hr":
                self._rows.emit([("─" * self._rows.room, _EDGE)])
            case "blockquote_open":
                self._rows.push(None, ("▎ ", (Tone.QUOTE,)))
            case "list_item_open":
                self._item(token)
            case "blockquote_close" | "list_item_close":
                self._rows.pop()
            case "bullet_list_open" | "ordered_list_open":
                self._depth += 1
            case "bullet_list_close" | "ordered_list_close":
                self._depth -= 1
            case _:
                pass  # a paragraph's ends, and the close of what was drawn whole

    def _item(self, token: Token) -> None:
        mark = f"{token.info}{token.markup} " if token.info else ("• ", "◦ ")[(self._depth + 1) % 2]
        space = " " * cell_len(mark)
        begun = token.map is not None and token.map[0] < self._given
        self._rows.push(None if begun else (mark, (Tone.TEXT, Tone.BOLD)), (space, _TEXT))

    def _fence(self, token: Token) -> None:
        start = token.map[0] if token.map else 0
        language = clean_line(token.info).strip().split(" ")[0]
        if start >= self._given:
            self._edge(f"╭─ {clean_line(token.info).strip()} " if token.info.strip() else "╭─")
        code, line_break, rest = token.content.rpartition("\n")
        code += line_break
        self._rows.push(None, ("│ ", _EDGE))
        seen = self._seen if start < self._given else ""
        skipped = seen.count("\n")
        for line in highlight(seen + code, language.lower())[skipped:]:
            self._rows.code(line)
        if rest:  # not yet a whole line: coloured when it is, not with every character
            self._rows.code(((rest, (Tone.CODE,)),))
        self._rows.pop()
        if parser.is_closed(token):
            self._edge("╰─")

    def _edge(self, text: str) -> None:
        room = self._rows.room
        cells = cell_len(text)
        self._rows.emit([(text + "─" * max(0, room - cells), _EDGE)])

    def _table(self, tokens: Sequence[Token], index: int) -> int:
        """Draw the table that begins at `index`; the index after it."""
        table = Table()
        while tokens[index].type != "table_close":
            token = tokens[index]
            if token.type == "tr_open":
                table.cells.append([])
            elif token.type in ("th_open", "td_open"):
                if token.type == "th_open":
                    table.aligns.append(str(token.attrGet("style") or "").removeprefix("text-align:"))
                base = (Tone.TEXT, Tone.BOLD) if token.type == "th_open" else _TEXT
                table.cells[-1].append(parser.lines(tokens[index + 1].content, base)[0])
            index += 1
        table.draw(self._rows)
        return index + 1
