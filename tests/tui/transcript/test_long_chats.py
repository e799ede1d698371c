"""Chats of which only what is in sight is laid out."""

from __future__ import annotations

import random

from tests.tui.transcript.holder import block, shown, visible
from tests.tui.transcript.laid import PALETTE, rows
from tui.transcript.block import Block, Kind, Role
from tui.transcript.document import Document
from tui.transcript.layout import BlockLayout


def blocks(count: int) -> list[Block]:
    """Blocks whose heights cannot be told from their lengths."""
    dice = random.Random(7)  # noqa: S311 # no secret
    made = []
    for number in range(count):
        one = Block(Role.MODEL, f"m{number}")
        one.append(Kind.THINKING, "thought\n" * dice.randrange(9))
        one.append(
            Kind.TEXT,
            "\n\n".join(f"b{number} p{part}" + " word" * dice.randrange(20) for part in range(dice.randrange(6))),
        )
        made.append(one)
    return made


def all_rows(chat: list[Block], width: int) -> list[str]:
    return [row.strip() for one in chat for row in rows(BlockLayout(one, width, PALETTE).strips)]


async def test_a_chat_opens_at_its_end() -> None:
    chat = blocks(300)
    async with shown() as (transcript, pilot):
        transcript.fill(chat)
        await pilot.pause()
        assert transcript.following
        assert visible(transcript) == all_rows(chat, 28)[-10:]


async def test_only_what_is_in_sight_is_laid_out() -> None:
    async with shown() as (transcript, pilot):
        transcript.fill(blocks(300))
        await pilot.pause()
        exact = [index for index in range(300) if transcript._document.heights.is_exact(index)]
        assert exact
        assert min(exact) > 280


async def test_scrolling_line_by_line_shows_every_row_in_order() -> None:
    chat = blocks(60)
    whole = all_rows(chat, 28)
    async with shown() as (transcript, pilot):
        transcript.fill(chat)
        await pilot.pause()
        for end in range(len(whole), 9, -1):
            assert visible(transcript) == whole[end - 10 : end]
            transcript.scroll_lines(-1)
        assert transcript.scroll_offset.y == 0
        assert transcript.line_count == len(whole)
        for end in range(11, len(whole) + 1):
            transcript.scroll_lines(1)
            assert visible(transcript) == whole[end - 10 : end]
        assert transcript.following


async def test_pages_overlap_by_a_row_though_heights_were_estimates() -> None:
    chat = blocks(100)
    async with shown() as (transcript, pilot):
        transcript.fill(chat)
        await pilot.pause()
        while transcript.scroll_offset.y > 20:
            top = visible(transcript)[0]
            transcript.scroll_pages(-1)
            assert visible(transcript)[-1] == top


async def test_the_start_and_the_middle_can_be_reached_at_once() -> None:
    chat = blocks(200)
    whole = all_rows(chat, 28)
    async with shown() as (transcript, pilot):
        transcript.fill(chat)
        transcript.scroll_home_now()
        await pilot.pause()
        assert visible(transcript) == whole[:10]
        transcript.scroll_to(y=transcript.line_count // 2, animate=False)
        await pilot.pause()
        seen = visible(transcript)
        assert any(seen == whole[top : top + 10] for top in range(len(whole)))


async def test_a_reply_that_streams_does_not_move_a_reader() -> None:
    async with shown() as (transcript, pilot):
        transcript.fill(blocks(100))
        growing = block(1)
        transcript.add(growing)
        await pilot.pause()
        transcript.scroll_pages(-5)
        before = visible(transcript)
        for number in range(20):
            growing.append(Kind.TEXT, f"\n\nmore {number}")
            transcript.changed(growing)
            await pilot.pause()
        assert visible(transcript) == before
        transcript.follow()
        assert "more 19" in visible(transcript)


def test_layouts_that_are_far_away_are_forgotten() -> None:
    document = Document()
    document.fill(blocks(700))
    document.style(30, PALETTE)
    for index in range(700):
        document.layout(index)
    assert len(document._layouts) == 256
    total = document.heights.total
    assert rows([document.strip(0)[2]]) == ["  m0"]
    assert document.heights.total == total
