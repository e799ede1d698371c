"""The list of chats and the search in them: what their rows say."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from backend.wire.sessions import Hit
from tests.tui.opened import NARROW, NOON, opened, press, settle, shown, until
from tests.tui.scripted import ScriptedBackend
from tui.screens.chat_list import chat_row, matching
from tui.screens.search_chats import hit_row

HOSTILE = "\x1b]0;x\x07 [b]風力[/b] \x9b2J"


def test_a_chat_is_found_by_title_tag_and_model() -> None:
    sessions = ScriptedBackend().sessions
    wind = sessions.add(title="The Wind", tags=["air"], model="gemma3")
    sessions.add(title="water")
    chats = list(sessions.stored.values())
    for wanted in ("wind", "#air", "GEMMA", "the #air gem"):
        assert matching(chats, wanted) == [wind]
    assert matching(chats, "wind water") == []
    assert len(matching(chats, " ")) == 2


@pytest.mark.parametrize("width", [20, 60])
def test_rows_are_clean_and_fit(width: int) -> None:
    sessions = ScriptedBackend().sessions
    chat = sessions.add("x", title=HOSTILE * 9, tags=[HOSTILE] * 3, model=HOSTILE)
    chat.running = [2]
    hit = Hit(session="s", title=HOSTILE, message=1, role="user", snippet=HOSTILE * 9, matches=[(5, 9), (90, 99)])
    for content in (chat_row(chat, width, is_open=True, now=NOON)[1], hit_row(hit, width)):
        assert not set("\x1b\x07\x9b") & set(content.plain)
        assert all(cell_len(line) <= width for line in content.plain.split("\n"))


def test_what_was_found_is_in_view() -> None:
    snippet = "a long way before it " * 5 + "needle here"
    begin = snippet.index("needle")
    hit = Hit(session="s", title="t", message=1, role="assistant", snippet=snippet, matches=[(begin, begin + 6)])
    assert "needle" in hit_row(hit, 40).plain
    assert hit_row(hit, 40).plain.startswith("model · t\n…")


async def test_a_place_on_another_branch_is_shown() -> None:
    backend = ScriptedBackend("smollm2:135m")
    session = backend.sessions.add("question", "first reply", "more", "last reply")
    session.leaf = session.messages[1].id
    async with opened(backend, NARROW) as (app, pilot):
        assert "last reply" not in shown(app)
        await press(pilot, "ctrl+r", *"last")
        await until(pilot, lambda: "last reply" in shown(app))
        await press(pilot, "up", "down", "pageup", "enter")
        await settle(pilot)
        assert app.workspace.chat.conversation.leaf == session.messages[3].id
        assert "last reply" in shown(app)


async def test_what_was_found_in_a_long_message_is_in_view() -> None:
    backend = ScriptedBackend("smollm2:135m")
    long = "\n\n".join(f"line {number}" for number in range(60))
    session = backend.sessions.add("question", f"{long}\n\nthe needle\n\n{long}", "more", "another needle")
    async with opened(backend, NARROW) as (app, pilot):
        await press(pilot, "ctrl+r", *"needle")
        await until(pilot, lambda: "2 found" in shown(app))
        await press(pilot, "enter")
        assert "the needle" in shown(app)
        assert "line 59" in shown(app)  # what stands before it
        assert "message 1 of 2 · n N" in shown(app)
        chosen = app.panes.chat.transcript.chosen
        assert chosen is not None
        assert chosen.message == session.messages[1].id
        await press(pilot, "n")
        assert "another needle" in shown(app)
        await press(pilot, "escape", "ctrl+r", *"question")
        await until(pilot, lambda: "1 found" in shown(app))
        await press(pilot, "enter")
        assert "message 1 of 1" in shown(app)


async def test_the_list_follows_what_happens_meanwhile() -> None:
    backend = ScriptedBackend("smollm2:135m")
    async with opened(backend, NARROW) as (app, pilot):
        await press(pilot, "f7")
        backend.sessions.add("a", title="from elsewhere")
        await until(pilot, lambda: "from elsewhere" in shown(app))


async def test_a_deleted_chat_is_no_longer_open_anywhere() -> None:
    backend = ScriptedBackend("smollm2:135m")
    session = backend.sessions.add("question", "reply", title="gone")
    async with opened(backend) as (app, pilot):
        del backend.sessions.stored[session.id]
        app.chats.refresh()
        await until(pilot, lambda: app.workspace.chat.is_blank)
        assert app.panes.status.said == "gone was deleted"
        app.chats.open("missing")
        await settle(pilot)
        assert "no session 'missing'" in app.panes.status.said
