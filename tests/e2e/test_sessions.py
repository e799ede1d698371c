"""A backend that is killed in the middle of a turn loses 200 ms of text at most, and no session."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from backend.client import Client
from backend.wire.sessions import NewSession, TurnRequest
from tests.e2e.daemon import FAKE_RUNNERS, daemon
from tests.fakes.backend import add_model

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.daemon import Daemon

AT_STAKE_S = 0.2
SEEN = 60


async def test_a_kill_in_mid_turn_loses_at_most_the_last_moment(tmp_path: Path) -> None:
    with daemon(tmp_path, FAKE_RUNNERS) as victim:
        add_model(victim.settings, "m")
        session, turn, arrived, killed_at = await talk_and_kill(victim)
        victim.process.wait(timeout=10)
    with daemon(tmp_path, FAKE_RUNNERS) as heir:
        async with Client(heir.settings) as client, asyncio.timeout(10):
            prompt, reply = (await client.sessions.read(session)).messages
            events = [event async for event in client.sessions.attach(turn, len(arrived))]
    assert (prompt.content, reply.state) == ("@tokens=1000 @delay=0.01", "interrupted")
    kept = len(reply.content.split())
    assert reply.content == "".join(f"t{n} " for n in range(kept))
    assert kept >= sum(moment < killed_at - AT_STAKE_S for moment in arrived) > 0
    assert (events[0].position, events[-1].state) == (min(kept, len(arrived)), "interrupted")


async def talk_and_kill(victim: Daemon) -> tuple[str, int, list[float], float]:
    """A session, its turn that was killed, and when each of its pieces and its end had come."""
    arrived: list[float] = []
    async with Client(victim.settings) as client, asyncio.timeout(20):
        session = await client.sessions.create(NewSession(model="m"))
        turn = await client.sessions.start(session.id, TurnRequest(content="@tokens=1000 @delay=0.01"))
        async for event in client.sessions.attach(turn.id):
            arrived += [time.monotonic()] * (event.position - len(arrived))
            if event.position >= SEEN:
                break
        killed_at = time.monotonic()
        victim.process.kill()
    return session.id, turn.id, arrived, killed_at
