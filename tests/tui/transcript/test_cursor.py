"""The block cursor, folds and the search, as the widget shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.color import Color

from tests.tui.transcript.holder import block, shown, visible
from tui.theme_shelf import load_themes
from tui.transcript.block import Block, Kind, Role
from tui.transcript.cursor import with_matches
from tui.transcript.search import Query
from tui.transcript.tone import Tone
from tui.transcript.view import Transcript

if TYPE_CHECKING:
    from textual.message import Message
    from textual.pilot import Pilot


def thoughtful() -> Block:
    made = Block(Role.MODEL, "m")
    made.append(Kind.THINKING, "hm")
    made.append(Kind.TEXT, "yes")
    return made


def highlighted(transcript: Transcript) -> list[str]:
    """The texts that are shown reversed."""
    rows = [transcript.render_line(y) for y in range(transcript.size.height)]
    return [segment.text for row in rows for segment in row if segment.style and segment.style.reverse]


async def test_the_selected_block_is_marked_at_the_left_of_all_its_rows() -> None:
    async with shown() as (transcript, pilot):
        for _ in range(2):
            transcript.add(block(2))
        transcript.select(transcript.blocks[0])
        await pilot.pause()
        assert visible(transcript)[:5] == ["▶ m", "┃ line 0", "┃ line 1", "", "m"]
        transcript.select(None)
        assert visible(transcript)[:2] == ["m", "line 0"]


async def test_the_cursor_brings_a_block_into_view() -> None:
    async with shown() as (transcript, pilot):
        for _ in range(20):
            transcript.add(block(3))
        await pilot.pause()
        for number in range(20):
            transcript.select_next(-1)
            await pilot.pause()
            assert transcript.chosen is transcript.blocks[19 - number]
            assert "▶ m" in visible(transcript)
        transcript.select_next(-1)
        assert transcript.chosen is transcript.blocks[0]
        assert not transcript.following
        for _ in range(25):
            transcript.select_next(1)
        await pilot.pause()
        assert transcript.chosen is transcript.blocks[-1]
        assert "▶ m" in visible(transcript)


async def test_choosing_is_told() -> None:
    told: dict[int, Transcript.Chosen] = {}  # each is seen by the widget and by all it stands in

    def note(message: Message) -> None:
        if isinstance(message, Transcript.Chosen):
            told[id(message)] = message

    async with shown(message_hook=note) as (transcript, pilot):
        transcript.add(block(1))
        transcript.select(transcript.blocks[0])
        transcript.select(transcript.blocks[0])
        assert transcript.release()
        assert not transcript.release()
        await pilot.pause()
        assert [message.block for message in told.values()] == [transcript.blocks[0], None]


async def test_filling_drops_the_cursor() -> None:
    async with shown() as (transcript, _):
        transcript.add(block(1))
        transcript.select(transcript.blocks[0])
        transcript.fill([block(1)])
        assert transcript.chosen is None


async def test_a_click_on_a_summary_opens_it_and_elsewhere_selects() -> None:
    async with shown() as (transcript, pilot):
        transcript.add(thoughtful())
        await pilot.pause()
        await pilot.click(transcript, offset=(4, 1))
        assert visible(transcript)[1:5] == ["▾ thought, 1 word", "│ hm", "", "yes"]
        await pilot.click(transcript, offset=(4, 1))
        assert visible(transcript)[1] == "▸ thought, 1 word"
        await pilot.click(transcript, offset=(4, 3))
        assert transcript.chosen is transcript.blocks[0]
        await pilot.click(transcript, offset=(4, 8))
        assert transcript.chosen is transcript.blocks[0]


async def test_a_folded_block_is_opened_by_a_click() -> None:
    async with shown() as (transcript, pilot):
        transcript.add(block(3))
        transcript.toggle_block(transcript.blocks[0])
        await pilot.pause()
        assert visible(transcript)[0] == "▸ m  6 words"
        await pilot.click(transcript, offset=(0, 0))
        assert visible(transcript)[:2] == ["m", "line 0"]


async def test_thinking_of_the_last_block_that_has_any_is_opened() -> None:
    async with shown((30, 16)) as (transcript, pilot):
        for made in (thoughtful(), thoughtful(), block(1)):
            transcript.add(made)
        transcript.toggle_details()
        await pilot.pause()
        assert visible(transcript).count("│ hm") == 1
        assert transcript.blocks[1].parts[0].folded is False
        transcript.toggle_details()
        assert "│ hm" not in visible(transcript)


async def test_matches_are_highlighted_and_counted() -> None:
    async with shown() as (transcript, pilot):
        for text in ("Aloha", "x", "aloha aloha"):
            transcript.add(block(1, text))
        transcript.look_for("aloha")
        await pilot.pause()
        assert highlighted(transcript) == ["Aloha", "aloha", "aloha"]
        assert transcript.found == (1, 2)
        transcript.look_further(1)
        assert transcript.found == (2, 2)
        transcript.look_for("Aloha")
        assert transcript.found == (1, 1)
        transcript.look_for("nowhere")
        assert transcript.found == (0, 0)
        transcript.look_for("")
        assert highlighted(transcript) == []


async def test_a_search_leads_to_a_match_out_of_sight_and_finds_what_comes() -> None:
    async with shown() as (transcript, pilot):
        transcript.add(block(50, "row"))
        transcript.scroll_home_now()
        transcript.look_for("row 33")
        await pilot.pause()
        assert "row 33" in visible(transcript)
        assert not transcript.following
        transcript.add(block(1, "row 33 again"))
        assert transcript.found == (1, 2)


async def test_what_is_written_further_is_looked_for_from_the_same_place() -> None:
    async with shown() as (transcript, pilot):
        transcript.add(block(50, "row"))
        transcript.scroll_home_now()
        for text in ("r", "ro", "row", "row 4", "row 40"):
            transcript.look_for(text, keep=True)
        await pilot.pause()
        assert "row 40" in visible(transcript)
        transcript.look_for("row 1", keep=True)
        assert "row 1" in visible(transcript)


async def test_a_match_among_wide_characters_keeps_the_row_as_wide_as_it_was() -> None:
    async with shown() as (transcript, _):
        transcript.add(block(1, "风力发电 wind 风"))
        strip = transcript._document.strip(1)[2]
        marked = with_matches(strip, Query("wind 风"), transcript._styled[Tone.MATCH])
        assert marked.cell_length == strip.cell_length
        assert [segment.text for segment in marked if segment.style and segment.style.reverse] == ["wind 风"]


async def test_code_has_the_colours_of_every_theme() -> None:
    async with shown((40, 10)) as (transcript, pilot):
        made = Block(Role.MODEL, "m")
        made.append(Kind.TEXT, "```py\nreturn 1\n```")
        transcript.add(made)
        await pilot.pause()
        for name, theme in load_themes().items():
            await themed(pilot, name)
            colors = {
                segment.text: segment.style.color for segment in transcript.render_line(2) if segment.style is not None
            }
            assert colors["return"] == Color.parse(theme.primary).rich_color


async def themed(pilot: Pilot[None], name: str) -> None:
    pilot.app.theme = name
    await pilot.pause()
