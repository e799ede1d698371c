from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from backend.errors import BackendError, ConnectFailed
from tests.tui.scripted import ScriptedBackend, runner
from tests.tui.scripted_sessions import chunk, failed, final
from tui.plain.chat import COMMANDS, PlainChat
from tui.plain.lines import Speech

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest


class Typed:
    """Lines that a test types, at once or when it says so."""

    def __init__(self, *lines: str) -> None:
        self.queue: asyncio.Queue[str | None] = asyncio.Queue()
        for line in lines:
            self.queue.put_nowait(line)

    async def get(self) -> str | None:
        return await self.queue.get()


async def spoken(backend: ScriptedBackend, *lines: str) -> str:
    """Everything that is said to these lines, which are all there are."""
    written: list[str] = []
    typed = Typed(*lines)
    typed.queue.put_nowait(None)
    async with asyncio.timeout(10):
        await PlainChat(backend, typed, Speech(written.append)).run()
    return "".join(written)


@asynccontextmanager
async def talking(backend: ScriptedBackend) -> AsyncIterator[tuple[Typed, asyncio.Queue[str]]]:
    """A chat under way: what is typed, and what is written."""
    typed, written = Typed(), asyncio.Queue[str]()
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(PlainChat(backend, typed, Speech(written.put_nowait)).run())
        yield typed, written
        typed.queue.put_nowait("/quit")


async def until(written: asyncio.Queue[str], text: str) -> None:
    """Read on until this has been written."""
    heard = ""
    async with asyncio.timeout(5):
        while text not in heard:
            heard += await written.get()


async def test_a_reply_is_written_once_and_its_end_is_said() -> None:
    backend = ScriptedBackend("smollm2:135m")
    backend.sessions.reply(chunk(thinking="hm"), chunk("Hello th"), chunk("ere. How are"), chunk(" you"), final())
    text = await spoken(backend, "hi")
    assert text == (
        "Connected. The chat uses smollm2:135m. Write a message, or /help.\n"
        "smollm2:135m answers:\n"
        "It is thinking.\n"
        "Hello there. How are you\n"
        "End of the reply: 120 tokens, 84 a second.\n"
    )


async def test_messages_that_are_piped_are_answered_one_after_the_other() -> None:
    backend = ScriptedBackend("a")
    async with talking(backend) as (typed, written):
        for line in ("one", "two"):
            typed.queue.put_nowait(line)
        backend.sessions.reply(chunk("first"), final())
        await until(written, "End of the reply")
        backend.sessions.reply(chunk("second"), final())
        await until(written, "second")
    starts = backend.asked("sessions.start")
    assert [request.content for request in starts] == ["one", "two"]  # type: ignore[attr-defined]
    assert len(backend.asked("sessions.create")) == 1


async def test_stop_works_while_a_reply_runs() -> None:
    backend = ScriptedBackend("a")
    async with talking(backend) as (typed, written):
        typed.queue.put_nowait("hi")
        backend.sessions.reply(chunk("Half a. "))
        await until(written, "Half a.")
        typed.queue.put_nowait("/stop")
        await until(written, "The reply was stopped.")
        typed.queue.put_nowait("/stop")
        await until(written, "No reply is running.")


async def test_a_line_that_breaks_is_taken_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.plain.chat._TRY_AGAIN_S", 0.0)
    backend = ScriptedBackend("a")
    backend.sessions.reply(chunk("One. "), ConnectFailed("broke"), chunk("Two. "), final())
    text = await spoken(backend, "hi")
    assert "One. \nThe line to the backend broke; trying again.\nTwo. " in text
    assert text.count("One.") == 1


async def test_what_goes_wrong_is_said() -> None:
    backend = ScriptedBackend("a")
    backend.sessions.reply(failed("the engine\x1b[2J died"))
    text = await spoken(backend, "hi", "/modles", "/use nothing", "/open 7")
    assert "The reply failed: the engine[2J died" in text
    assert "There is no command /modles. Did you mean /models?" in text
    assert "Write /use and a name" in text
    assert "Write /open and a number" in text
    assert "There is no model yet" in await spoken(ScriptedBackend(), "hi")


async def test_an_error_of_the_backend_is_a_sentence_and_the_chat_goes_on() -> None:
    backend = ScriptedBackend("a")
    async with talking(backend) as (typed, written):
        await until(written, "Connected")
        backend.refuse = BackendError("no room")
        typed.queue.put_nowait("/models")
        await until(written, "Error: no room")
        backend.refuse = None
        typed.queue.put_nowait("/models")
        await until(written, "1. a, 98 MB, in use.")


async def test_every_command_says_something() -> None:
    backend = ScriptedBackend("a", "b")
    backend.sessions.add("question", "answer", title="weather")
    backend.snapshot.runners = [runner("a", active=1)]
    for line, said in {
        "/models": "2. b, 98 MB.",
        "/use 2": "The chat uses b now.",
        "/chats": "1. weather, 2 messages.",
        "/open 1": "The last message, of assistant:\nanswer",
        "/new": "A new chat begins.",
        "/running": "a is ready, 1 of 4 slots at work, 98 MB.",
        "/unload b": "b is unloaded.",
        "/help": "/unload MODEL: unload a model.",
        "/bye": "Connected",
    }.items():
        assert said in await spoken(backend, line)
    assert len(COMMANDS) == 10
