from __future__ import annotations

from typing import Any

import pytest

from backend.errors import BackendError, BadRequest, QueueFull
from backend.wire.sessions import NewSession, TurnRequest
from tests.tui.opened import NARROW, opened, press, said, settle, shown, until, write
from tests.tui.scripted import ScriptedBackend, chunk, final, request, runner
from tests.tui.scripted_sessions import failed
from tui.turns import waiting
from tui.workspace import Workspace

MODEL = "smollm2:135m"


def requests(backend: ScriptedBackend) -> list[TurnRequest]:
    return [asked for asked in backend.asked("sessions.start") if isinstance(asked, TurnRequest)]


def created(backend: ScriptedBackend) -> list[NewSession]:
    return [asked for asked in backend.asked("sessions.create") if isinstance(asked, NewSession)]


async def test_a_reply_streams_and_the_next_message_hangs_on_it() -> None:
    backend = ScriptedBackend(MODEL)
    async with opened(backend) as (app, pilot):
        backend.reply(chunk("Hel"), chunk("lo."), final())
        await write(pilot, "hi there")
        await until(pilot, lambda: not app.turns.running)
        screen = shown(app)
        assert "hi there" in screen
        assert "Hello." in screen
        assert "120 tokens · 84 tok/s · 1.9 s" in screen
        assert app.panes.chat.prompt.text == ""
        backend.reply(chunk("Again."), final())
        await write(pilot, "more")
        await until(pilot, lambda: not app.turns.running)
        assert said(app) == ["hi there", "Hello.", "more", "Again."]
        first, second = requests(backend)
        assert (first.content, first.parent, second.content) == ("hi there", 0, "more")
        (session,) = backend.sessions.stored.values()
        assert session.messages[2].parent == second.parent == session.messages[1].id
        assert (session.title, session.model) == ("hi there", MODEL)


async def test_the_status_line_tells_context_and_rate() -> None:
    backend = ScriptedBackend(MODEL)
    async with opened(backend) as (app, pilot):
        backend.tell(runners=[runner(MODEL)])
        backend.reply(chunk("x"), final())
        await write(pilot, "hi")
        await until(pilot, lambda: not app.turns.running)
        await until(pilot, lambda: "context 160/8,192 · 84 tok/s · gpu-box-a · smollm2:135m" in shown(app))


async def test_system_prompt_keep_alive_and_thinking_are_sent() -> None:
    backend = ScriptedBackend(MODEL)
    backend.shown.capabilities.append("thinking")
    async with opened(backend) as (app, pilot):
        for key, text in (("system", "Be brief."), ("keep_alive", "1h"), ("think", "off"), ("stop", "x")):
            app.workspace.parameters.set(key, text)
        backend.reply(chunk("x"), final())
        await write(pilot, "hi")
        await until(pilot, lambda: not app.turns.running)
        (new,) = created(backend)
        assert (new.model, new.system, new.think, new.options) == (MODEL, "Be brief.", False, {"stop": ["x"]})
        assert requests(backend)[0].keep_alive == "1h"


async def test_while_it_loads_the_progress_is_shown_in_place() -> None:
    backend = ScriptedBackend(MODEL)
    async with opened(backend) as (app, pilot):
        await write(pilot, "hi")
        backend.tell(runners=[runner(MODEL, state="loading", progress=0.43)])
        await until(pilot, lambda: "loading smollm2:135m … 43 %" in shown(app))
        backend.tell(runners=[runner(MODEL)], requests=[request(MODEL, state="prefill", prompt_tokens=1204)])
        await until(pilot, lambda: "reading the prompt … 1,204 tokens" in shown(app))
        backend.tell(requests=[request(MODEL, prompt_tokens=1204, tokens=20, tokens_per_second=33.0)])
        await until(pilot, lambda: "context 1,224/8,192 · 33 tok/s" in shown(app))
        backend.reply(chunk("now"), final())
        await until(pilot, lambda: not app.turns.running)
        assert "reading the prompt" not in shown(app)


async def test_thinking_is_shown_apart() -> None:
    backend = ScriptedBackend(MODEL)
    async with opened(backend) as (app, pilot):
        backend.reply(chunk(thinking="let me see"), chunk("four"), final())
        await write(pilot, "hi")
        await until(pilot, lambda: not app.turns.running)
        assert "▸ thought, 3 words" in shown(app)
        assert said(app) == ["hi", "four"]


async def test_stopping_keeps_what_arrived() -> None:
    backend = ScriptedBackend(MODEL)
    async with opened(backend) as (app, pilot):
        backend.reply(chunk("half a sen"))
        await write(pilot, "hi")
        await until(pilot, lambda: "half a sen" in shown(app))
        await press(pilot, "escape")
        await until(pilot, lambda: not app.turns.running)
        assert "■ stopped" in shown(app)
        assert said(app) == ["hi", "half a sen"]


@pytest.mark.parametrize(
    ("error", "explained"),
    [
        (QueueFull("64 turns run already"), "F3 shows what runs"),
        (BadRequest("the message is too long"), "F4 shows the parameters"),
        (BackendError("a [bold]raw[/] \x1b[31mtext"), "a [bold]raw[/] [31mtext"),
    ],
)
async def test_a_message_that_is_not_taken_goes_back_to_the_prompt(error: BackendError, explained: str) -> None:
    backend = ScriptedBackend(MODEL)
    async with opened(backend) as (app, pilot):
        backend.refuse = error
        await write(pilot, "hi")
        await until(pilot, lambda: not app.turns.running)
        backend.refuse = None
        assert explained in shown(app)
        assert "Your message is back in the prompt" in shown(app)
        assert said(app) == []
        backend.reply(chunk("hello"), final())
        await press(pilot, "!", "enter")
        await until(pilot, lambda: said(app) == ["hi!", "hello"])


async def test_a_reply_that_fails_says_why_and_can_be_asked_for_again() -> None:
    backend = ScriptedBackend(MODEL)
    async with opened(backend) as (app, pilot):
        backend.reply(failed("llama runner: out of [b]memory"))
        await write(pilot, "hi")
        await until(pilot, lambda: not app.turns.running)
        assert "out of [b]memory" in shown(app)
        assert "Esc, then a asks again" in shown(app)
        backend.reply(chunk("hello"), final())
        await press(pilot, "escape", "a")
        await until(pilot, lambda: said(app) == ["hi", "hello"])
        assert "memory" not in shown(app)


async def test_asking_again_that_is_refused_leaves_the_chat_as_it_was() -> None:
    backend = ScriptedBackend(MODEL)
    async with opened(backend) as (app, pilot):
        backend.reply(chunk("hello"), final())
        await write(pilot, "hi")
        await until(pilot, lambda: not app.turns.running)
        backend.refuse = QueueFull("64 turns run already")
        await press(pilot, "escape", "a")
        await until(pilot, lambda: not app.turns.running)
        assert "64 turns run already" in app.panes.status.said
        assert said(app) == ["hi", "hello"]
        assert "hello" in shown(app)


async def test_a_reply_stopped_before_it_began_says_so_on_a_row_of_its_own() -> None:
    backend = ScriptedBackend(MODEL)
    async with opened(backend) as (app, pilot):
        await write(pilot, "hi")
        await press(pilot, "escape")
        await until(pilot, lambda: not app.turns.running)
        rows = [row.split("│")[3].strip() for row in shown(app).split("\n") if "■ stopped" in row]
        assert rows == ["■ stopped"]


async def test_the_status_line_tells_how_to_stop_and_how_to_get_back_to_the_end() -> None:
    backend = ScriptedBackend(MODEL)
    async with opened(backend, NARROW) as (app, pilot):
        await write(pilot, "hi")
        assert "Esc stops  F1 help" in shown(app)
        backend.reply(chunk("a line\n" * 100))
        await until(pilot, lambda: "a line" in shown(app))
        await press(pilot, "pageup")
        assert "PgDn newer text" in shown(app)
        await press(pilot, "pagedown", "pagedown")
        assert "Esc stops  F1 help" in shown(app)
        backend.reply(final())
        await until(pilot, lambda: not app.turns.running)
        assert "F1 help  Ctrl+P commands" in shown(app)


async def test_at_the_end_of_a_reply_the_view_is_full() -> None:
    backend = ScriptedBackend(MODEL)
    async with opened(backend) as (app, pilot):
        view = app.panes.chat.transcript
        await write(pilot, "hi")
        backend.reply(chunk("a line\n\n" * view.size.height))
        await until(pilot, lambda: view.scroll_offset.y > 0)
        assert view.scroll_offset.y + view.size.height > view.line_count
        backend.reply(final())
        await until(pilot, lambda: not app.turns.running)
        assert view.scroll_offset.y + view.size.height == view.line_count


async def test_a_context_that_is_full_says_so() -> None:
    backend = ScriptedBackend(MODEL)
    async with opened(backend) as (app, pilot):
        backend.tell(runners=[runner(MODEL, context_length=128)])
        backend.reply(chunk("x"), final())
        await write(pilot, "hi")
        await until(pilot, lambda: "context 128/128 full" in shown(app))


async def test_an_error_in_the_middle_keeps_what_arrived() -> None:
    backend = ScriptedBackend(MODEL)
    async with opened(backend) as (app, pilot):
        backend.reply(chunk("first half"), BackendError("the runner died"))
        await write(pilot, "hi")
        await until(pilot, lambda: not app.turns.running)
        assert "first half" in shown(app)
        assert "the runner died" in shown(app)
        assert said(app) == ["hi", "first half"]


async def test_a_second_message_waits_for_the_first_reply() -> None:
    backend = ScriptedBackend(MODEL)
    async with opened(backend) as (app, pilot):
        await write(pilot, "one")
        await write(pilot, "two")
        assert app.panes.chat.prompt.text == "two"
        assert app.panes.status.said == "a reply is running; Esc stops it"
        assert len(requests(backend)) == 1


async def test_a_reply_goes_on_while_another_chat_is_shown() -> None:
    backend = ScriptedBackend(MODEL)
    async with opened(backend) as (app, pilot):
        await write(pilot, "wind")
        await press(pilot, "ctrl+n")
        assert not app.turns.running
        assert "ready for your first message" in shown(app)
        first = app.workspace.chats.all[0]
        backend.reply(chunk("a reply"), final())
        await until(pilot, lambda: first.reply is None)
        assert first.has_news
        app.chats.show(first)
        await settle(pilot)
        assert "a reply" in shown(app)
        assert not first.has_news


async def test_a_new_line_is_begun_by_alt_enter_and_ctrl_j() -> None:
    backend = ScriptedBackend(MODEL)
    async with opened(backend) as (app, pilot):
        await press(pilot, "a", "alt+enter", "b", "ctrl+j", "c")
        assert app.panes.chat.prompt.text == "a\nb\nc"
        backend.reply(chunk("x"), final())
        await press(pilot, "enter")
        await until(pilot, lambda: not app.turns.running)
        assert requests(backend)[0].content == "a\nb\nc"


async def test_the_page_keys_scroll_the_chat_from_the_prompt() -> None:
    backend = ScriptedBackend(MODEL)
    async with opened(backend) as (app, pilot):
        backend.reply(chunk("\n".join(f"line {number}" for number in range(200))), final())
        await write(pilot, "hi")
        await until(pilot, lambda: not app.turns.running)
        view = app.panes.chat.transcript
        await press(pilot, "home")
        assert view.scroll_offset.y == 0
        await press(pilot, "pagedown")
        assert 0 < view.scroll_offset.y < view.size.height
        await press(pilot, "end")
        assert "line 199" in shown(app)
        await press(pilot, "escape", "home", "j")
        assert view.scroll_offset.y == 1
        await press(pilot, "k", "space", "pageup", "enter")
        assert view.scroll_offset.y == 0
        assert app.panes.chat.prompt.has_focus


def test_what_a_reply_waits_for() -> None:
    space = Workspace(host="h", model=MODEL)
    assert waiting(space, MODEL) == "loading smollm2:135m …"
    backend = ScriptedBackend()
    space.snapshot = backend.snapshot

    def after(**changes: Any) -> str:
        for key, value in changes.items():
            setattr(backend.snapshot, key, value)
        return waiting(space, MODEL)

    assert after(runners=[runner(MODEL)]) == "…"
    assert after(requests=[request(MODEL, state="queued")]) == "waiting for a free slot …"
    assert after(requests=[request(MODEL, state="prefill", prompt_tokens=0)]) == "reading the prompt …"
    assert after(requests=[request(MODEL)]) == "…"
