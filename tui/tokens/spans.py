"""A reply's text parted by the tokens that made it, and laid out in rows. Pure: no widget."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells

from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend.wire.sessions import MessageToken, MessageView

_BREAK = "↵"
_TAB = "    "


@dataclass(frozen=True, slots=True)
class Span:
    """Text of one token, or text of which nothing is known (`token` -1)."""

    text: str
    token: int = -1


@dataclass(slots=True)
class Row:
    """Pieces of text on one line of the screen, clean, each with its token or -1."""

    pieces: list[tuple[str, int]] = field(default_factory=list)
    width: int = 0

    def add(self, text: str, token: int) -> None:
        self.pieces.append((text, token))
        self.width += cell_len(text)


def spans(message: MessageView, tokens: Sequence[MessageToken]) -> list[Span]:
    """The thinking, an empty line, and the content."""
    thinking = [place for place, token in enumerate(tokens) if token.is_thinking and token.start >= 0]
    content = [place for place, token in enumerate(tokens) if not token.is_thinking and token.start >= 0]
    found = list(_region(message.thinking, tokens, thinking))
    if found:
        found.append(Span("\n\n"))
    return found + list(_region(message.content, tokens, content))


def _region(text: str, tokens: Sequence[MessageToken], places: Sequence[int]) -> Iterator[Span]:
    done = 0
    for number, place in enumerate(places):
        start = tokens[place].start
        if not done <= start < len(text):
            continue
        after = tokens[places[number + 1]].start if number + 1 < len(places) else len(text)
        end = min(start + max(len(tokens[place].token), 1), max(after, start + 1), len(text))
        if start > done:
            yield Span(text[done:start])
        yield Span(text[start:end], place)
        done = end
    if done < len(text):
        yield Span(text[done:])


def rows(parts: Sequence[Span], width: int) -> list[Row]:
    """The spans in rows of at most `width` cells; a token stands whole where it fits. Every token has a piece."""
    laid = [Row()]
    for span in parts:
        for number, line in enumerate(span.text.split("\n")):
            if number:
                if span.token >= 0:
                    _put(laid, _BREAK, span.token, width)
                laid.append(Row())
            shown = clean_line(line.replace("\t", _TAB))
            if span.token >= 0:
                if shown or not span.text.strip("\n"):
                    _put(laid, shown, span.token, width)
                elif line:
                    _put(laid, "·", span.token, width)  # nothing that can be shown
                continue
            for word in shown.replace(" ", " \0").split("\0"):
                _put(laid, word, -1, width)
    return laid


def _put(laid: list[Row], text: str, token: int, width: int) -> None:
    if not text:
        return
    if laid[-1].width and laid[-1].width + cell_len(text) > width:
        laid.append(Row())
        text = text.lstrip(" ") or text
    for part in chop_cells(text, width) if cell_len(text) > width else [text]:
        if laid[-1].width + cell_len(part) > width:
            laid.append(Row())
        laid[-1].add(part, token)
