"""Where a growing Markdown text may be parted: what stands before such a place never changes again.

Two kinds of places. Between top-level blocks: reading on from there gives what reading the whole gives, since the
grammar has no memory at the top level. And inside a block that grows too long to be read again with every flush:
there it is parted at the first good line beyond a limit, with what must be known of the block standing before the rest
(the opening of a fence, the heading of a table). Both depend only on lines before the place and two complete lines
after it (a table is known by its second line), so that it does not matter in which pieces the text came.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.transcript.parser import is_closed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

_LOOKAHEAD = 2  # complete lines after a place
_CODE_LINES = 24  # of a fence; what is coloured again when a line is added
_SOFT, _HARD = 1_200, 5_000  # characters of a block; beyond the hard limit any line will do
_SOFT_LINES, _HARD_LINES = 48, 200
_LISTS = ("bullet_list_open", "ordered_list_open")
_DEEPEST = 24  # cells of indentation for which lists are rebuilt around a fence


@dataclass(frozen=True, slots=True)
class Context:
    """What stands before a piece that begins inside a block: lines of source, and code of the same fence."""

    given: tuple[str, ...] = ()
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Tokens of a top-level block, and the lines it takes: from `start` up to `end`."""

    tokens: Sequence[Token]
    start: int
    end: int

    @property
    def is_code(self) -> bool:
        """Whether code is what the block ends with, in which no mark means anything."""
        last = next((token for token in reversed(self.tokens) if not token.type.endswith("_close")), None)
        return last is not None and (last.type == "code_block" or (last.type == "fence" and not is_closed(last)))


@dataclass(frozen=True, slots=True)
class Parting:
    """A block is parted before `line`; `context` is for the rest."""

    line: int
    context: Context


def sections(tokens: list[Token]) -> Iterator[Section]:
    """The top-level blocks."""
    begun = 0
    for index, token in enumerate(tokens):
        if token.level == 0 and token.nesting <= 0:
            start, end = tokens[begun].map or (0, 0)
            yield Section(tokens[begun : index + 1], start, end)
            begun = index + 1


def is_final(following: Section | None, complete: int) -> bool:
    """Whether a block can no longer change, by the one after it."""
    return following is not None and following.start + _LOOKAHEAD <= complete


def parting(section: Section, lines: Sequence[str], offsets: Sequence[int], complete: int) -> Parting | None:
    """Where a block that is too long must be parted. Lines, and the offsets at which they begin, include given ones."""
    head = section.tokens[0]
    begun = offsets[section.start]
    for line in range(section.start + 1, min(section.end, complete - _LOOKAHEAD + 1)):
        size, count = offsets[line] - begun, line - section.start
        if head.type == "fence" and count > _CODE_LINES:
            return Parting(line, _in_fence(head, lines, line))
        if size < _SOFT and count < _SOFT_LINES:
            continue
        if (context := _context(section, lines, line, pressing=size >= _HARD or count >= _HARD_LINES)) is not None:
            return Parting(line, context)
    return None


def _context(section: Section, lines: Sequence[str], line: int, *, pressing: bool) -> Context | None:
    """What a piece needs that begins at `line` of a block; `None` if the block should not be parted there."""
    head = section.tokens[0]
    fence = next(
        (token for token in section.tokens if token.type == "fence" and token.map and _within(line, token.map)), None
    )
    if fence is not None:
        return _in_fence(fence, lines, line)
    if head.type == "table_open":
        return Context(tuple(lines[section.start : section.start + 2])) if line > section.start + 2 else None
    if head.type in _LISTS and not pressing:
        items = (
            token.map[0]
            for token in section.tokens
            if token.type == "list_item_open" and token.level == 1 and token.map
        )
        return Context() if line in items else None
    return Context()


def _within(line: int, place: list[int]) -> bool:
    return place[0] < line < place[1]


def _in_fence(fence: Token, lines: Sequence[str], line: int) -> Context:
    """The opening line at its indentation, and the code above from the last line that seems to begin something."""
    start = fence.map[0] if fence.map else 0
    column = lines[start].find(fence.markup)
    before, opening = lines[start][:column], lines[start][column:]
    if ">" not in before:
        if column > _DEEPEST:
            return Context()
        before = _nested(column)
    code = fence.content.split("\n")[: line - start - 1][-_CODE_LINES:]
    return Context((before + opening,), "".join(f"{text}\n" for text in code[_beginning(code) :]))


def _nested(column: int) -> str:
    """Lists around something that begins at this column; up to three cells of indentation need none."""
    if column < 2:
        return " " * column
    return "- " * (column // 2 - 1) + "-".ljust(2 + column % 2)


def _beginning(code: list[str]) -> int:
    """The last line that stands at the left edge after a blank one: a lexer begins well there. Else the first."""
    for index in range(len(code) - 1, 0, -1):
        if code[index][:1].strip() and not code[index - 1].strip():
            return index
    return 0
