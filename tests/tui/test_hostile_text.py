"""Text from outside never steers the terminal, is never markup and never breaks the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tui.hostile import UNSAFE, Hostile, attack, in_bytes, on_screen
from tests.tui.hostile_places import KEYS, SHOWN
from tests.tui.opened import opened, press, settle, shown
from tests.tui.scripted import ScriptedBackend
from tui.commands.doctor import report
from tui.commands.json_text import dump
from tui.commands.table import format_rows
from tui.doctor.finding import Finding, Level
from tui.plain.lines import Speech

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tui.app import PunaApp

ENOUGH, PARTS = 100_000, 8


async def rounds(seed: int, texts: int) -> int:
    """Show so many texts, at least, in every place; how many it were."""
    hostile, backend = Hostile(seed), ScriptedBackend("a", "b")
    async with opened(backend, (120, 60)) as (app, pilot):
        written: list[str] = []
        vars(app._driver)["write"] = written.append  # what goes to the terminal
        while hostile.count < texts:
            attack(backend, hostile)
            await settle(pilot)
            for place, keys in KEYS.items():
                await press(pilot, *keys)
                assert not on_screen(app), place
                assert not in_bytes(written), place
                written.clear()
                await leave(app, pilot)
            for place, show in SHOWN.items():
                await show(app, pilot, backend, hostile)
                await settle(pilot)
                assert not on_screen(app), place
                assert not in_bytes(written), place
                await leave(app, pilot)
    return hostile.count


async def leave(app: PunaApp, pilot: Pilot[None]) -> None:
    """Back to an empty prompt."""
    while app.screen is not app.panes:
        app.pop_screen()
        await pilot.pause()
    app.panes.chat.prompt.put("")
    app.panes.reach("chat")
    await settle(pilot)


async def test_no_text_from_outside_steers_the_terminal() -> None:
    assert await rounds(1, 300) >= 300


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(2, 2 + PARTS))
async def test_no_text_of_a_hundred_thousand_steers_the_terminal(seed: int) -> None:
    assert await rounds(seed, ENOUGH // PARTS) >= ENOUGH // PARTS


async def test_the_check_notices_what_steers_a_terminal() -> None:
    assert in_bytes(["\x1b[1mfine\x1b[2;1H"]) == []
    for bad in ("\x1b[7777m", "\x1b]52;c;aGk=\x07", "\x1bc", "\x9b6n", "\x07", "\u202e"):
        assert in_bytes([f"a{bad}b"])
    async with opened(ScriptedBackend("a")) as (app, pilot):
        app.panes.status.update("a\u202eb")
        await settle(pilot)
        assert on_screen(app)


async def test_markup_stands_as_it_was_written() -> None:
    backend = ScriptedBackend("[/b]", "[@click=app.exit]x[/]")
    backend.sessions.add("[red]question", "[bold]answer[/bold] [/nothing]", title="[link=x]title")
    async with opened(backend) as (app, pilot):
        for text in ("[/b]", "[@click=app.exit]x[/]", "[red]question", "[bold]answer[/bold] [/nothing]"):
            assert text in shown(app)
        await press(pilot, "f7")
        assert "[link=x]title" in shown(app)


def test_lines_of_text_are_as_harmless() -> None:
    hostile = Hostile(3)
    spoken: list[str] = []
    speech = Speech(spoken.append)
    for _ in range(ENOUGH // 10):
        texts = [hostile.text() for _ in range(5)]
        speech.piece(texts[0])
        speech.say(texts[1])
        lines = format_rows([texts[2:4]])
        lines += report([Finding("a", "b", Level.OK, texts[4], texts[0])])
        lines.append(dump([text.encode("utf-8", "replace").decode() for text in texts]))
        for line in (*lines, *spoken):
            assert not UNSAFE.search(line.replace("\n", "").replace("\t", "")), line
        spoken.clear()
