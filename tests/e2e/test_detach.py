"""A reply belongs to the daemon: whoever is killed, cut off or stopped, none of it is lost and none comes twice."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from typing import TYPE_CHECKING

import psutil

from backend.client import Client
from tests.e2e.daemon import FAKE_RUNNERS, daemon
from tests.e2e.tmux import Tmux, needs_tmux, tmux
from tests.fakes.backend import add_model

if TYPE_CHECKING:
    from pathlib import Path

    from backend.wire.sessions import MessageView
    from tests.e2e.daemon import Daemon

SIZE = (140, 60)
TOKENS = 250
ASKED = f"@tokens={TOKENS} @delay=0.03"  # for seven seconds and more
PUNA = [sys.executable, "-m", "tui"]


def numbers(screen: str) -> list[int]:
    """The tokens on the screen, in the order in which they are read."""
    return [int(number) for number in re.findall(r"\bt(\d+)\b", screen)]


def ask(puna: Tmux) -> None:
    """A message, and its reply until it is under way."""
    puna.until("is ready for your first message")
    puna.type(ASKED)
    puna.keys("Enter")
    puna.until(r"\bt20\b")


def stored(running: Daemon) -> list[MessageView]:
    """The messages of the only session."""

    async def read() -> list[MessageView]:
        async with Client(running.settings) as client:
            (session,) = await client.sessions.summaries()
            return (await client.sessions.read(session.id)).messages

    return asyncio.run(read())


@needs_tmux
def test_an_app_that_is_killed_and_started_again_shows_all_of_the_reply(tmp_path: Path) -> None:
    twice = ["sh", "-c", f"'{' '.join(PUNA)}; clear; exec {' '.join(PUNA)}'"]
    with daemon(tmp_path, FAKE_RUNNERS) as running:
        add_model(running.settings, "m")
        with tmux(tmp_path, twice, SIZE, running.variables) as puna:
            ask(puna)
            (app,) = psutil.Process(puna.pid).children()
            app.kill()
            puna.until("Esc stops")  # it is back, and the reply still runs
            screen = puna.until(rf"\bt{TOKENS - 1}\b.*")
            assert numbers(screen) == list(range(TOKENS))
        assert [message.state for message in stored(running)] == ["complete", "complete"]


@needs_tmux
def test_a_daemon_that_is_stopped_for_a_while_loses_nothing(tmp_path: Path) -> None:
    with daemon(tmp_path, FAKE_RUNNERS) as running:
        add_model(running.settings, "m")
        with tmux(tmp_path, PUNA, SIZE, running.variables) as puna:
            ask(puna)
            running.process.send_signal(signal.SIGSTOP)
            try:
                puna.keys("F1")
                puna.until("All keys|Help")  # the app does not wait for it
                puna.keys("Escape")
                puna.until_gone("─ Help")
            finally:
                running.process.send_signal(signal.SIGCONT)
            assert numbers(puna.until(rf"\bt{TOKENS - 1}\b")) == list(range(TOKENS))


@needs_tmux
def test_a_daemon_that_is_killed_and_started_again_is_believed_and_asked_again(tmp_path: Path) -> None:
    with daemon(tmp_path, FAKE_RUNNERS) as victim:
        add_model(victim.settings, "m")
        same = {name: victim.variables[name] for name in ("OLLAMA_HOST", "PUNA_SOCKET")}
        with tmux(tmp_path, PUNA, SIZE, victim.variables) as puna:
            ask(puna)
            victim.process.kill()
            victim.process.wait(timeout=10)
            puna.until("backend lost")
            with daemon(tmp_path, FAKE_RUNNERS, **same) as heir:
                screen = puna.until("cut off, the backend ended")
                _, reply = stored(heir)
                assert numbers(screen) == numbers(reply.content) == list(range(len(numbers(reply.content))))
                puna.keys("Escape")
                puna.until("  : commands")  # or else the terminal takes both keys for Alt+A
                puna.keys("a")
                assert numbers(puna.until(rf"\bt{TOKENS - 1}\b")) == list(range(TOKENS))
