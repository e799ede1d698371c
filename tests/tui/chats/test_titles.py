from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.tui.scripted import ScriptedBackend
from tui.chats.chat import Chat, Reply
from tui.chats.open_chats import MOST, OpenChats
from tui.chats.titles import title_bar
from tui.transcript.block import Block, Role


def opened(*titles: str) -> OpenChats:
    chats, sessions = OpenChats(), ScriptedBackend().sessions
    for title in titles:
        chat = Chat()
        chat.take(sessions.add("text", title=title))
        chats.show(chat)
    return chats


def test_a_single_chat_is_named_with_its_model() -> None:
    assert title_bar(OpenChats(), "m:latest", 40).plain == "Chat · m"
    assert title_bar(opened("review"), "m", 40).plain == "review · m"
    assert title_bar(OpenChats(), "", 40).plain == "Chat"


def test_several_are_numbered_and_marked() -> None:
    chats = opened("review", "wind", "third")
    chats.all[0].has_news = True
    chats.all[1].reply = Reply(Block(Role.MODEL), "m")
    assert title_bar(chats, "m", 60).plain == "1 review • ─ 2 wind … ─  3 third "


def test_a_blank_chat_makes_room_and_a_tenth_closes_the_first_quiet_one() -> None:
    chats = opened(*(f"chat {number}" for number in range(MOST)))
    assert len(chats.all) == MOST
    chats.all[0].reply = Reply(Block(Role.MODEL), "m")
    second = chats.all[1]
    assert chats.show(Chat()) is second
    assert len(chats.all) == MOST


def test_the_neighbour_of_a_closed_chat_is_shown_and_the_last_leaves_a_blank_one() -> None:
    chats = opened("one", "two")
    chats.close(chats.shown)
    assert chats.shown.title == "one"
    chats.close(chats.shown)
    assert (chats.shown.is_blank, len(chats.all)) == (True, 1)


@pytest.mark.parametrize("width", [20, 40, 74])
def test_no_title_is_wider_than_the_frame(width: int) -> None:
    titles = ["a very long title that nobody can read at once", "short", "\x1b]0;風力[b]の話\x07 とても長い題"]
    bar = title_bar(opened(*titles), "m", width)
    assert "\x1b" not in bar.plain
    assert cell_len(bar.plain) <= width + 2  # the cells beside the shown one
    assert "[b]" in bar.plain or width < 60


def test_long_titles_take_what_short_ones_leave() -> None:
    assert "a rather long title" in title_bar(opened("a rather long title", "b"), "m", 36).plain
