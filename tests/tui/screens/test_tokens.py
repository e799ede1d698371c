"""Looking at tokens: where the cursor goes, and replies without probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.errors import BackendError
from tests.tui.actions.tokens import looking
from tests.tui.opened import NARROW, opened, press, said, shown, until, write
from tests.tui.scripted import ScriptedBackend, chunk, final
from tests.tui.tokens.made import reply, token
from tui.screens.confirm import Confirm
from tui.screens.tokens import Tokens

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tui.app import PunaApp

LINES = 60


async def long(app: PunaApp, pilot: Pilot[None]) -> Tokens:
    """Tokens of two to a line."""
    tokens = [token("ab" if n % 2 == 0 else " cd\n", n // 2 * 6 + n % 2 * 2, 0.5) for n in range(2 * LINES)]
    screen = Tokens(reply("ab cd\n" * LINES), tokens, app.keys)
    await app.push_screen(screen)
    await pilot.pause()
    return screen


async def test_the_cursor_goes_by_tokens_rows_and_pages() -> None:
    async with opened(ScriptedBackend("smollm2:135m"), NARROW) as (app, pilot):
        screen = await long(app, pilot)
        for keys, cursor in ((("right",), 1), (("j",), 3), (("h", "k"), 0), (("pagedown",), 20), (("end",), 119)):
            await press(pilot, *keys)
            assert screen.field.cursor == cursor
        assert "token 120 of 120" in shown(app)
        assert screen.field.scroll_offset.y > 0
        await press(pilot, "home", "left", "k")
        assert (screen.field.cursor, screen.field.scroll_offset.y) == (0, 0)


async def test_a_click_moves_the_cursor() -> None:
    async with opened(ScriptedBackend("smollm2:135m"), NARROW) as (app, pilot):
        screen = await long(app, pilot)
        await pilot.click(screen.field, offset=(3, 2))
        await pilot.pause()
        assert screen.field.cursor == 5


async def test_a_reply_without_probabilities_is_asked_for_again() -> None:
    backend = ScriptedBackend("smollm2:135m")
    async with opened(backend) as (app, pilot):
        backend.reply(chunk("first"), final())
        await write(pilot, "hi")
        await until(pilot, lambda: not app.turns.running)
        await press(pilot, "ctrl+t")
        assert isinstance(app.screen, Confirm)
        assert "were not kept" in shown(app)
        await press(pilot, "n")
        assert said(app) == ["hi", "first"]
        backend.reply(chunk("second"), final())
        await press(pilot, "ctrl+t", "y")
        await until(pilot, lambda: said(app) == ["hi", "second"] and not app.turns.running)
        (session,) = backend.sessions.stored.values()
        assert session.top_logprobs == 10


async def test_what_the_backend_cannot_tell_is_said() -> None:
    backend = ScriptedBackend("smollm2:135m")
    async with opened(backend) as (app, pilot):
        await looking(app, pilot, backend)
        await press(pilot, "escape")
        backend.refuse = BackendError("the disk is gone")
        await press(pilot, "ctrl+t")
        assert "the disk is gone" in app.panes.status.said


async def test_without_colour_the_unlikely_are_underlined() -> None:
    backend = ScriptedBackend("smollm2:135m")
    async with opened(backend) as (app, pilot):
        screen = await looking(app, pilot, backend)
        await press(pilot, "end")
        looks = {segment.text: segment.style for segment in screen.field.render_line(0) if segment.text.strip()}
        assert [bool(style and style.underline) for style in looks.values()] == [False, True, True]
        assert [bool(style and style.reverse) for style in looks.values()] == [False, False, True]
