from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from textual.color import Color

from tests.tui.transcript.holder import block, shown, visible
from tui.theme_shelf import load_themes
from tui.transcript.block import Block, Kind, Role
from tui.transcript.scrolling import MARGIN
from tui.transcript.tone import INDENT

if TYPE_CHECKING:
    from textual.app import App

    from tui.transcript.view import Transcript


def follows(transcript: Transcript) -> bool:
    return transcript.following


def screen(app: App[None]) -> list[str]:
    strips = app.screen._compositor.render_strips(app.size)
    return ["".join(segment.text for segment in strip) for strip in strips]


async def test_follows_the_end_by_half_pages() -> None:
    async with shown() as (transcript, pilot):
        growing = block(1)
        transcript.add(growing)
        tops = []
        for number in range(1, 40):
            growing.append(Kind.TEXT, f"\nline {number}")
            transcript.changed(growing)
            await pilot.pause()
            tops.append(transcript.scroll_offset.y)
            assert f"line {number}" in visible(transcript)
        moves = [after - before for before, after in itertools.pairwise(tops) if after != before]
        assert moves
        assert all(move == 5 or move == 6 for move in moves)
        assert len(moves) < 10


async def test_scrolling_up_stops_following_and_the_end_starts_it_again() -> None:
    async with shown() as (transcript, pilot):
        growing = block(50)
        transcript.add(growing)
        await pilot.pause()
        transcript.scroll_pages(-1)
        await pilot.pause()
        assert not follows(transcript)
        top = transcript.scroll_offset.y
        growing.append(Kind.TEXT, "\nmore\nand more")
        transcript.changed(growing)
        await pilot.pause()
        assert transcript.scroll_offset.y == top
        transcript.follow()
        await pilot.pause()
        assert follows(transcript)
        assert "and more" in visible(transcript)


async def test_paging_down_to_the_end_follows_again() -> None:
    async with shown() as (transcript, pilot):
        transcript.add(block(50))
        transcript.scroll_home_now()
        await pilot.pause()
        assert visible(transcript)[0] == "m"
        assert not follows(transcript)
        for _ in range(8):
            transcript.scroll_pages(1)
        await pilot.pause()
        assert follows(transcript)
        assert "line 49" in visible(transcript)


async def test_a_new_width_wraps_again() -> None:
    async with shown((60, 10)) as (transcript, pilot):
        made = Block(Role.USER, "you")
        made.append(Kind.TEXT, "several words that fit on one row")
        transcript.add(made)
        await pilot.pause()
        wide = transcript.line_count
        await pilot.resize_terminal(20, 10)
        await pilot.pause()
        assert transcript.line_count > wide


async def test_a_new_width_keeps_the_place_of_a_reader() -> None:
    async with shown((60, 10)) as (transcript, pilot):
        for number in range(40):
            transcript.add(block(3, f"block {number}: a line that a narrow view breaks into several rows"))
        await pilot.pause()
        transcript.scroll_lines(-80)
        before = visible(transcript)[0]
        await pilot.resize_terminal(24, 10)
        await pilot.pause()
        assert not transcript.following
        assert "".join(visible(transcript)).count(before.split(":")[0])
        await pilot.resize_terminal(60, 10)
        await pilot.pause()
        assert abs(visible(transcript).index(before)) <= 1


async def test_the_theme_changes_the_colours_of_what_is_shown() -> None:
    async with shown() as (transcript, pilot):
        transcript.add(block(2))
        await pilot.pause()
        for name, theme in load_themes().items():
            pilot.app.theme = name
            await pilot.pause()
            colours = {
                segment.style.color for segment in transcript.render_line(1) if segment.style and segment.text.strip()
            }
            if not theme.ansi:  # those are the terminal's own: a test has none
                assert colours == {Color.parse(theme.foreground or "").rich_color}


async def test_no_row_is_wider_than_the_view_and_clearing_empties_it() -> None:
    async with shown((24, 8)) as (transcript, pilot):
        made = Block(Role.MODEL, "a very long name of a model that does not fit")
        made.append(Kind.TEXT, "宽" * 50 + "\n```\n" + "x" * 99 + "\n")
        transcript.add(made)
        await pilot.pause()
        for y in range(transcript.size.height):
            assert transcript.render_line(y).cell_length == transcript.size.width
        transcript.clear()
        await pilot.pause()
        assert transcript.blocks == []
        assert visible(transcript) == [""] * transcript.size.height


async def test_a_full_row_is_shown_to_its_last_character() -> None:
    async with shown((30, 10)) as (transcript, pilot):
        for _ in range(2):  # without a scrollbar, then with one
            made = Block(Role.MODEL, "m")
            made.append(Kind.TEXT, "x" * 120)
            transcript.add(made)
            await pilot.pause()
            rows = [row.count("x") for row in screen(pilot.app) if "x" in row]
            room = transcript.size.width - MARGIN - INDENT
            assert set(rows) == {room, 120 % room}


async def test_the_wheel_scrolls() -> None:
    async with shown() as (transcript, pilot):
        transcript.add(block(50))
        await pilot.pause()
        top = transcript.scroll_offset.y
        await pilot._post_mouse_events([_wheel_up()], transcript)
        assert transcript.scroll_offset.y == top - 3


def _wheel_up() -> type:
    from textual.events import MouseScrollUp

    return MouseScrollUp
