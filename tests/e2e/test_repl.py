"""`puna run MODEL` by keys in a terminal."""

from __future__ import annotations

import asyncio
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from backend.client import Client
from tests.e2e.daemon import FAKE_RUNNERS, daemon
from tests.e2e.test_ggml_models import add
from tests.e2e.tmux import Tmux, needs_tmux, tmux
from tests.fakes.backend import add_model
from tests.ggml.files import ggml_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from backend.settings import Settings
    from tests.e2e.daemon import Daemon

SIZE = (80, 60)
READY = r">>> Send a message \(/\? for help\)\s*$"
SAVED = "repl-saved"


@contextmanager
def repl(folder: Path, running: Daemon, model: str) -> Iterator[Tmux]:
    """The REPL when it is ready; its exit status stays on the screen."""
    program = f"'trap : INT; {sys.executable} -m tui run {model}; echo ended with $?; exec cat'"
    with tmux(folder, ["sh", "-c", program], SIZE, running.variables) as terminal:
        terminal.until(READY)
        yield terminal


def enter(terminal: Tmux, line: str) -> str:
    """Enter a line on a cleared screen, which is returned when the next one may be written."""
    terminal.keys("C-l")
    terminal.type(line)
    terminal.until(f"^>>> {re.escape(line)}")
    terminal.keys("Enter")
    return terminal.until(f"^>>> {re.escape(line)}(?s:.*){READY}")


async def _quiet(settings: Settings) -> None:
    """Return when the backend generates nothing."""
    async with asyncio.timeout(30), Client(settings) as client:
        async for snapshot in client.events():
            if not snapshot.requests:
                return


async def _forget(settings: Settings) -> None:
    async with Client(settings) as client:
        await client.delete(SAVED)


@needs_tmux
@pytest.mark.real
def test_a_conversation_by_keys(tmp_path: Path, real_daemon: Daemon) -> None:
    with repl(tmp_path, real_daemon, "smollm2") as terminal:
        assert "Set parameter 'num_predict' to '12'" in enter(terminal, "/set parameter num_predict 12")
        assert "Set system message." in enter(terminal, "/set system You are terse.")
        assert re.search(r"architecture\s+llama", enter(terminal, "/show info"))
        terminal.keys("C-l")
        terminal.type('"""Name')
        terminal.keys("Enter")
        terminal.type('a colour."""')
        terminal.until(r'\.\.\. a colour\."""')
        terminal.keys("Enter")
        terminal.until(rf'\.\.\. a colour\."""\n\w(?s:.*){READY}')
        assert f"Created new model '{SAVED}'" in enter(terminal, f"/save {SAVED}")
        assert "Cleared session context" in enter(terminal, "/clear")
        assert re.search(r">>> Name\n\.\.\. a colour\.\n\w", enter(terminal, f"/load {SAVED}"))
        enter(terminal, "/set parameter num_predict 4000")
        terminal.keys("C-l")
        terminal.type("Count from one to a thousand in words.")
        terminal.keys("Enter")
        terminal.until(r"words\.\n\w")
        terminal.keys("C-c")
        terminal.until(READY)
        asyncio.run(_quiet(real_daemon.settings))
        terminal.keys("Up")
        terminal.until(r">>> Count from one to a thousand in words\.\s*$")
        terminal.keys("C-u", "C-c")
        terminal.until(r"Use Ctrl \+ d or /bye to exit\.")
        terminal.keys("C-d")
        terminal.until("ended with 0")
    asyncio.run(_forget(real_daemon.settings))


@needs_tmux
def test_a_reply_is_appended_and_steers_nothing(tmp_path: Path) -> None:
    """Of the bytes of a reply none moves the cursor, whatever the model says and however slowly."""
    hostile = tmp_path / "hostile.txt"
    words = "\x1b]0;owned\x07\x1b[2J\x9b31m\rover 天空是蓝色的 " + "word " * 40
    hostile.write_text(f"«BEGIN {words}END» @delay=0.01", "utf-8")
    with daemon(tmp_path, FAKE_RUNNERS) as running:
        add_model(running.settings, "m")
        with repl(tmp_path, running, "m") as terminal:
            terminal.type(f"@{hostile}")
            terminal.keys("Enter")
            reply = terminal.until_written(rb"BEGIN(?s:.*)END").group()
            assert not re.search(rb"[\x00-\x09\x0b\x0c\x0e-\x1f]", reply)
            assert b"\r" not in reply.replace(b"\r\n", b"\n")
            assert max(len(line) for line in reply.decode().split("\r\n")) <= SIZE[0] - 5
            terminal.until(READY)
            terminal.type("@hang=2")
            terminal.keys("Enter")
            terminal.until("t0 t1")
            terminal.type("ahead")
            terminal.keys("C-c")
            assert "ahead" not in terminal.until(READY)
            terminal.keys("C-d")
            terminal.until("ended with 0")
            assert b"\x1b[6n" not in terminal.output, "the terminal was asked for its cursor"


@needs_tmux
def test_a_conversation_with_a_ggml_model(tmp_path: Path) -> None:
    with daemon(tmp_path) as running:
        asyncio.run(_add_ggml(running.settings, tmp_path))
        with repl(tmp_path, running, "lake") as terminal:
            enter(terminal, "/set parameter num_predict 12")
            enter(terminal, "/set parameter seed 1")
            assert re.search(r"^>>> the lake\n *\S", enter(terminal, "the lake"), re.MULTILINE)
            assert re.search(r"architecture\s+gpt2", enter(terminal, "/show info"))


async def _add_ggml(settings: Settings, folder: Path) -> None:
    async with Client(settings) as client:
        await add(client, "lake", ggml_bytes("gpt2"), folder)
