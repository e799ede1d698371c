"""What it costs to come back to a long chat: the app's processor time and memory, the backend's answer included."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import pytest

from backend.client import Client
from backend.wire.sessions import ExportedMessage, ExportedSession
from tests.bench.figures import row
from tests.bench.screen import opened
from tests.bench.texts import REPLY
from tests.e2e.daemon import FAKE_RUNNERS, daemon

if TYPE_CHECKING:
    from pathlib import Path

    from backend.settings import Settings

pytestmark = pytest.mark.bench

MESSAGES = 10_000
FIRST_PAINT_CPU_S, OPENING_CPU_S, RESIDENT = 0.45, 1.0, 150e6
RUNS = 3
LAST = "and this was the last of it"


async def fill(settings: Settings) -> None:
    """A chat of many messages, half of them a page long."""
    messages = [
        ExportedMessage(
            id=number,
            parent=number - 1,
            role="user" if number % 2 else "assistant",
            content=f"question {number}" if number % 2 else REPLY,
            created_at="2026-01-02T03:04:05Z",
        )
        for number in range(1, MESSAGES)
    ]
    last = {"role": "assistant", "content": LAST, "created_at": "2026-01-02T03:04:05Z"}
    messages.append(ExportedMessage(id=MESSAGES, parent=MESSAGES - 1, **last))  # type: ignore[arg-type] # texts
    async with Client(settings) as client:
        await client.sessions.restore(ExportedSession(title="long", model="m", leaf=MESSAGES, messages=messages))


def test_a_chat_of_ten_thousand_messages_is_there_at_once(tmp_path: Path) -> None:
    with daemon(tmp_path, FAKE_RUNNERS) as running:
        asyncio.run(fill(running.settings))
        used, resident = [], []
        for _ in range(RUNS):
            with opened({**os.environ, **running.variables}) as screen:
                screen.until(lambda output: LAST.split()[-1].encode() in output and b"last" in output)
                used.append(screen.cpu_s)
                resident.append(screen.resident / 1e6)
    sys.stdout.write("\n" + row(f"start with {MESSAGES:,} messages", used, "CPU-s") + "\n")
    sys.stdout.write(row("memory then", resident, "MB") + "\n")
    assert min(used) <= FIRST_PAINT_CPU_S + OPENING_CPU_S
    assert max(resident) <= RESIDENT / 1e6
