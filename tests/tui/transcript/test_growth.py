"""However a text comes, it looks in the end as if it had come at once; and no text does harm."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.style import Style

from tui.transcript import markdown
from tui.transcript.block import Block, Kind, Role
from tui.transcript.layout import BlockLayout
from tui.transcript.tone import Palette, Tone

if TYPE_CHECKING:
    from textual.strip import Strip

PALETTE = Palette({tone: Style(color=f"color({number})") for number, tone in enumerate(Tone)})
MARKS = st.sampled_from(
    [
        *(
            "# ",
            "## t\n",
            "- ",
            "  - ",
            "1. ",
            "2) ",
            "   ",
            "    ",
            "> ",
            ">> ",
            "```",
            "```py\n",
            "~~~\n",
            "\n",
            "\n\n",
            "---\n",
        ),
        *(
            "| a | b |\n",
            "|---|:-:|\n",
            "| c\n",
            "|",
            "**",
            "*",
            "_",
            "`",
            "``",
            "~~",
            "[",
            "](",
            ")",
            "http://x",
            "<b>",
            "<http://a>",
        ),
        *(
            "&#x202e;",
            "&#27;",
            "&amp;",
            "\\",
            "\\*",
            "===\n",
            "    code\n",
            "\t",
            "\x1b[2J",
            "\u009b",
            "宽",
            "é",
            "e\u0301",
            "👩\u200d👩",
        ),
        *(
            "def f(x):\n",
            '"""',
            "word ",
            "a line of words\n",
            "x" * 40,
            "[a](b c)",
            "![i](j)",
            "- [ ] t\n",
            "\u2028",
            "\x00",
            "\r\n",
        ),
    ]
)
TEXT = st.lists(st.one_of(MARKS, st.text(max_size=8)), max_size=40).map("".join)


def texts(strips: list[Strip]) -> list[str]:
    return ["".join(segment.text for segment in strip) for strip in strips]


def in_pieces(text: str, cuts: list[int], width: int, kind: Kind = Kind.TEXT) -> list[Strip]:
    """Lay out `text` piece by piece, then finish it."""
    block = Block(Role.MODEL, "m", open=True)
    layout = BlockLayout(block, width, PALETTE)
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    for start, end in itertools.pairwise(places):
        block.append(kind, text[start:end])
        layout.update()
    block.open = False
    layout.update()
    return layout.strips


def at_once(text: str, width: int, kind: Kind = Kind.TEXT) -> list[Strip]:
    block = Block(Role.MODEL, "m")
    block.append(kind, text)
    return BlockLayout(block, width, PALETTE).strips


def check(strips: list[Strip], width: int) -> None:
    for strip in strips:
        assert strip.cell_length <= width
        for character in "".join(segment.text for segment in strip):
            assert ord(character) >= 32
            assert not 0x7F <= ord(character) < 0xA0
            assert character not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@given(TEXT, st.lists(st.integers(0, 2000), max_size=30), st.integers(4, 60))
@settings(deadline=None)
def test_any_pieces_give_what_the_whole_gives(text: str, cuts: list[int], width: int) -> None:
    strips = in_pieces(text, cuts, width)
    assert strips == at_once(text, width)
    check(strips, width)


@given(st.lists(MARKS, min_size=10, max_size=30), st.integers(2, 120), st.lists(st.integers(0, 9000), max_size=20))
@settings(deadline=None, max_examples=60)
def test_long_blocks_are_parted_at_the_same_places(pieces: list[str], times: int, cuts: list[int]) -> None:
    text = ("".join(pieces) * times)[:9000]
    strips = in_pieces(text, cuts, 40)
    assert strips == at_once(text, 40)
    check(strips, 40)


@given(st.lists(st.tuples(st.sampled_from(Kind), TEXT), max_size=8), st.booleans(), st.integers(4, 40))
@settings(deadline=None)
def test_parts_of_all_kinds_grow_alike(pieces: list[tuple[Kind, str]], folded: bool, width: int) -> None:
    block = Block(Role.MODEL, "m\x1b[2J", open=True)
    layout = BlockLayout(block, width, PALETTE)
    for kind, text in pieces:
        block.append(kind, text)
        if block.parts:
            block.parts[0].folded = folded
        layout.update()
    block.open = False
    layout.update()
    assert layout.strips == BlockLayout(block, width, PALETTE).strips
    check(layout.strips, width)


@given(st.lists(MARKS, max_size=40).map("".join), st.lists(st.integers(0, 500), max_size=10))
@settings(deadline=None)
def test_text_beyond_so_many_marks_is_shown_as_written(text: str, cuts: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markdown, "_TOKENS", 10)
        strips = in_pieces("- a\n\npart\n\n" * 2 + text, cuts, 30)
        assert strips == at_once("- a\n\npart\n\n" * 2 + text, 30)
    check(strips, 30)
