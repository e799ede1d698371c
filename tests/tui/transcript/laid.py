"""Laying text out in tests: without colours, as rows of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style

from tui.transcript.block import Block, Kind, Role
from tui.transcript.layout import BlockLayout
from tui.transcript.tone import Palette, Tone

if TYPE_CHECKING:
    from textual.strip import Strip

PALETTE = Palette({tone: Style(color=f"color({number})") for number, tone in enumerate(Tone)})
COLORS = {f"color({number})": tone for number, tone in enumerate(Tone)}


def rows(strips: list[Strip]) -> list[str]:
    """The text of each strip, without the spaces at its end."""
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


def reply(text: str, *, growing: bool = False) -> BlockLayout:
    """A model's text without a title, 40 cells wide."""
    block = Block(Role.MODEL, "m", open=growing)
    block.append(Kind.TEXT, text)
    return BlockLayout(block, 40, PALETTE)


def shown(text: str, *, growing: bool = False) -> list[str]:
    """The rows of a model's text, without title, indentation and the blank last row."""
    return [row[2:] for row in rows(reply(text, growing=growing).strips)[1:-1]]


def tones(text: str) -> list[tuple[str, Tone]]:
    """The first row of a model's text as pieces with the last tone of each."""
    found = []
    for segment in list(reply(text).strips[1])[1:]:
        color = segment.style.color if segment.style is not None else None
        assert color is not None
        found.append((segment.text, COLORS[color.name]))
    return found
