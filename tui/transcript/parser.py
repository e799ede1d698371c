"""Markdown's grammar: CommonMark with tables and strikethrough, by markdown-it. Nothing else of Puna calls it.

Raw HTML is text. Link references are text too: a definition may come after its use, and a stream cannot wait for it.
The parser is loaded at the first use, so that it does not stand before the first paint.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from tui.terminal.sanitize import clean_line
from tui.transcript.tone import Line, Run, Tone, Tones
from tui.transcript.wrap import expand_tabs

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

DEPTH = 40  # lists and quotes in each other; a list counts twice
_COLUMNS = 32  # a table with more is text: every cell costs, also the empty ones that complete short rows
_LONG = 1_500  # characters of a paragraph
_PLAIN = re.compile(r"[^\\`*_\[\]<&!~\n\t]*")
_MARKS = {"strong_open": Tone.BOLD, "em_open": Tone.ITALIC, "s_open": Tone.STRIKE, "link_open": Tone.LINK}


def parse(source: str) -> list[Token]:
    """The blocks of a text; the contents of `inline` tokens are still source, for `lines`."""
    return _blocks().parse(source)


def lines(source: str, base: Tones) -> list[Line]:
    """The content of an `inline` token as lines of runs, each with the tones of `base` and its own.

    A link shows its target after its text, unless they are the same. A line break of the source remains one. Marks
    may span lines, but not in a paragraph so long that reading it again with every flush would cost too much.
    """
    pieces = source.split("\n") if len(source) > _LONG else [source]
    return [line for piece in pieces for line in _lines(piece.strip(" ") if len(pieces) > 1 else piece, base)]


@lru_cache(maxsize=512)
def _lines(source: str, base: Tones) -> tuple[Line, ...]:
    if _PLAIN.fullmatch(source):
        return (((clean_line(source), base),),)
    return _Flattened(base).walk(_inline().parseInline(source)[0].children or [])


def is_closed(fence: Token) -> bool:
    """Whether the closing line of a fence is there."""
    start, end = fence.map or (0, 0)
    whole = not fence.content or fence.content.endswith("\n")
    return whole and end - start == fence.content.count("\n") + 2


class _Flattened:
    """Inline tokens, nested by pairs → lines of runs."""

    def __init__(self, base: Tones) -> None:
        self._tones = [base]
        self._lines: list[list[Run]] = [[]]
        self._link: tuple[str, str] | None = None  # target, and the text so far

    def walk(self, tokens: list[Token]) -> tuple[Line, ...]:
        for token in tokens:
            if token.type in ("softbreak", "hardbreak"):
                self._lines.append([])
            elif token.type == "code_inline":
                self._add(token.content, Tone.CODE)
            elif token.type == "image":
                self._add(f"[image: {token.content}] ({token.attrGet('src')})", Tone.TARGET)
            elif token.nesting == 1:
                self._open(token)
            elif token.nesting == -1:
                self._close(token)
            else:
                self._add(token.content)
        return tuple(tuple(runs) or (("", self._tones[0]),) for runs in self._lines)

    def _add(self, text: str, *tones: Tone) -> None:
        # An entity such as `&#x202e;` brings back what was removed from the source.
        text = clean_line(expand_tabs(text))
        if not text:
            return
        if self._link is not None:
            self._link = (self._link[0], self._link[1] + text)
        self._lines[-1].append((text, (*self._tones[-1], *tones)))

    def _open(self, token: Token) -> None:
        self._tones.append((*self._tones[-1], _MARKS[token.type]))
        if token.type == "link_open":
            self._link = (clean_line(str(token.attrGet("href") or "")), "")

    def _close(self, token: Token) -> None:
        self._tones.pop()
        if token.type == "link_close" and self._link is not None:
            target, text = self._link
            self._link = None
            if target and token.markup != "autolink" and target != text:
                self._add(f" ({target})", Tone.TARGET)


@cache
def _blocks() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import table

    def bounded_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # markdown-it's
        head = state.src[state.bMarks[start] : state.eMarks[start]]
        return head.count("|") <= _COLUMNS and table(state, start, end, silent)

    made = MarkdownIt("commonmark", {"html": False, "maxNesting": DEPTH}).enable("table")
    made.disable(["reference", "inline", "text_join"])
    made.block.ruler.at("table", bounded_table, {"alt": ["paragraph", "reference"]})
    return made


@cache
def _inline() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("strikethrough")
