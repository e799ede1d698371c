from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style

from tui.transcript.block import Block, Kind, Role
from tui.transcript.layout import BlockLayout, Tone

STYLES = {tone: Style() for tone in Tone}
PIECES = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("`~#*- \n\t\x1b\u009b宽")), max_size=60)


def text_of(layout: BlockLayout) -> list[str]:
    return ["".join(segment.text for segment in strip).rstrip() for strip in layout.strips]


def reply(text: str, kind: Kind = Kind.TEXT) -> Block:
    block = Block(Role.MODEL, "m")
    block.append(kind, text)
    return block


def test_a_users_block_is_marked_on_every_row() -> None:
    block = Block(Role.USER, "you")
    block.append(Kind.TEXT, "**as typed** and rather long")
    assert text_of(BlockLayout(block, 20, STYLES)) == ["▌ you", "▌ **as typed** and", "▌ rather long", ""]


def test_a_fence_is_framed_and_its_text_kept_as_it_is() -> None:
    layout = BlockLayout(reply("see:\n```py\nx = **1**\n\tif y:\n```\ndone"), 16, STYLES)
    assert text_of(layout) == [
        "  m",
        "  see:",
        "  ╭─ py ────────",
        "  │ x = **1**",
        "  │     if y:",
        "  ╰─────────────",
        "  done",
        "",
    ]


def test_a_fence_inside_a_longer_fence_is_code() -> None:
    layout = BlockLayout(reply("````\n```\nx\n````\n**y**"), 12, STYLES)
    assert text_of(layout)[1:] == ["  ╭─────────", "  │ ```", "  │ x", "  ╰─────────", "  y", ""]


def test_thinking_stands_apart_from_the_reply() -> None:
    block = reply("hm\n", Kind.THINKING)
    block.append(Kind.TEXT, "yes")
    assert text_of(BlockLayout(block, 20, STYLES)) == ["  m", "│ hm", "", "  yes", ""]


def test_status_is_the_last_row_and_goes() -> None:
    block = Block(Role.MODEL, "m")
    block.set_status("loading m … 43 %")
    layout = BlockLayout(block, 30, STYLES)
    assert text_of(layout) == ["  m", "  loading m … 43 %", ""]
    block.set_status("")
    block.append(Kind.TEXT, "hi")
    layout.update()
    assert text_of(layout) == ["  m", "  hi", ""]


def test_only_the_open_line_is_laid_out_again() -> None:
    block = reply("one\ntwo\nthr")
    layout = BlockLayout(block, 30, STYLES)
    kept = layout.strips[1]
    block.append(Kind.TEXT, "ee\nfour")
    assert layout.update() == 3
    assert layout.strips[1] is kept
    assert text_of(layout) == ["  m", "  one", "  two", "  three", "  four", ""]


@given(st.lists(st.tuples(st.sampled_from(Kind), PIECES), max_size=8), st.integers(4, 40))
def test_growing_gives_what_laying_out_at_once_gives(pieces: list[tuple[Kind, str]], width: int) -> None:
    block = Block(Role.MODEL, "m\x1b[2J")
    layout = BlockLayout(block, width, STYLES)
    for kind, text in pieces:
        block.append(kind, text)
        layout.update()
    whole = BlockLayout(block, width, STYLES)
    assert text_of(layout) == text_of(whole)
    for strip in whole.strips:
        text = "".join(segment.text for segment in strip)
        assert strip.cell_length <= width
        assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in text)
