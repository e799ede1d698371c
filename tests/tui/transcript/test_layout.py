from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style

from tui.transcript.block import Block, Kind, Role
from tui.transcript.layout import BlockLayout
from tui.transcript.tone import Palette, Tone

if TYPE_CHECKING:
    from textual.strip import Strip

PALETTE = Palette({tone: Style() for tone in Tone})


def rows(strips: list[Strip]) -> list[str]:
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


def laid(block: Block, width: int = 40) -> list[str]:
    return rows(BlockLayout(block, width, PALETTE).strips)


def block_of(*parts: tuple[Kind, str], role: Role = Role.MODEL) -> Block:
    block = Block(role, "m")
    for kind, text in parts:
        block.append(kind, text)
    return block


def test_a_users_block_is_marked_on_every_row_and_shown_as_typed() -> None:
    block = Block(Role.USER, "you")
    block.append(Kind.TEXT, "**as typed** and rather long")
    assert laid(block, 20) == ["▌ you", "▌ **as typed** and", "▌ rather long", ""]


def test_the_title_says_which_branch_is_shown() -> None:
    block = Block(Role.MODEL, "m", siblings=(2, 3))
    assert laid(block) == ["  m  2/3", ""]


def test_finished_thinking_is_folded_to_its_length() -> None:
    block = block_of((Kind.THINKING, "hm, let me\nsee\n"), (Kind.TEXT, "yes"))
    assert laid(block) == ["  m", "  ▸ thought, 4 words", "", "  yes", ""]
    block.parts[0].folded = False
    assert laid(block) == ["  m", "  ▾ thought, 4 words", "  │ hm, let me", "  │ see", "", "  yes", ""]


def test_thinking_is_open_while_it_streams_and_folds_when_the_reply_begins() -> None:
    block = Block(Role.MODEL, "m", open=True)
    block.append(Kind.THINKING, "let me see")
    layout = BlockLayout(block, 30, PALETTE)
    assert rows(layout.strips) == ["  m", "  ▾ thinking …", "  │ let me see", ""]
    block.append(Kind.TEXT, "yes")
    assert layout.update() == 1
    assert rows(layout.strips) == ["  m", "  ▸ thought, 3 words", "", "  yes", ""]


def test_thinking_that_the_user_opened_stays_open() -> None:
    block = Block(Role.MODEL, "m", open=True)
    block.append(Kind.THINKING, "let me see")
    block.parts[0].folded = False
    block.append(Kind.TEXT, "yes")
    assert "  │ let me see" in laid(block)


def test_calls_stand_apart_and_show_what_was_called() -> None:
    block = block_of((Kind.TOOL, "get(a=1)\n42"), (Kind.TOOL, "get(a=2)"), (Kind.TEXT, "done"))
    assert laid(block) == ["  m", "  ▸ tool: get(a=1)", "  ▸ tool: get(a=2)", "", "  done", ""]
    block.parts[0].folded = False
    assert laid(block)[1:4] == ["  ▾ tool: get(a=1)", "  │ 42", "  ▸ tool: get(a=2)"]


def test_a_summary_that_does_not_fit_is_cut() -> None:
    assert laid(block_of((Kind.TOOL, "call(" + "x" * 90 + ")")), 20)[1] == "  ▸ tool: call(xxxx…"


def test_a_folded_block_is_one_row() -> None:
    block = block_of((Kind.TEXT, "one two three"), (Kind.NOTE, "4 tokens"))
    block.folded = True
    assert laid(block, 60) == ["▸ m  one two three · 5 words", ""]
    assert laid(block, 12) == ["▸ m  5 words", ""]


def test_a_fold_can_be_found_by_its_row() -> None:
    layout = BlockLayout(block_of((Kind.THINKING, "hm"), (Kind.TEXT, "yes")), 30, PALETTE)
    assert layout.foldable_at(1) is layout.block.parts[0]
    assert layout.foldable_at(3) is None


def test_an_error_is_marked_once() -> None:
    assert laid(block_of((Kind.ERROR, "it broke\nhere"))) == ["  m", "✗ it broke", "  here", ""]


def test_status_is_the_last_row_and_goes() -> None:
    block = Block(Role.MODEL, "m", open=True)
    block.set_status("loading m … 43 %")
    layout = BlockLayout(block, 30, PALETTE)
    assert rows(layout.strips) == ["  m", "  loading m … 43 %", ""]
    block.set_status("")
    block.append(Kind.TEXT, "hi")
    layout.update()
    assert rows(layout.strips) == ["  m", "  hi", ""]


def test_what_is_final_is_not_laid_out_again() -> None:
    block = Block(Role.MODEL, "m", open=True)
    block.append(Kind.TEXT, "one\n\ntwo\nmore\n\nthr")
    layout = BlockLayout(block, 30, PALETTE)
    kept = layout.strips[1]
    block.append(Kind.TEXT, "ee\n\nfour")
    assert layout.update() == 6
    assert layout.strips[1] is kept
    assert rows(layout.strips) == ["  m", "  one", "", "  two", "  more", "", "  three", "", "  four", ""]
