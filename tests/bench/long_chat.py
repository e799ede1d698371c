"""The app with a chat of 10,000 messages: `python -m tests.bench.long_chat` writes figures as JSON.

`cpu_ms` is processor time of opening, appending, a page up from the end, the way to the start, another theme, another
width and a search; `rss_mib` is the memory of the whole app afterwards.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

import msgspec
import psutil

from tests.bench.texts import PARAGRAPHS
from tests.tui.opened import opened
from tests.tui.scripted import ScriptedBackend
from tui.transcript.block import Block, Kind, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

MESSAGES = 10_000
MIB = 1 << 20


def blocks() -> list[Block]:
    """Questions of a paragraph, and answers with thinking and five."""
    dice = random.Random(1)  # noqa: S311 # no secret
    made = []
    for number in range(MESSAGES):
        asked = number % 2 == 0
        block = Block(Role.USER if asked else Role.MODEL, "you" if asked else "m", message=number + 1)
        if not asked:
            block.append(Kind.THINKING, "some words of thinking " * 20)
        block.append(Kind.TEXT, "\n\n".join(dice.choices(PARAGRAPHS, k=1 if asked else 5)))
        made.append(block)
    return made


async def _measured(pilot: Pilot[None], work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    await pilot.pause()
    return (time.process_time() - begun) * 1e3


async def figures() -> dict[str, object]:
    """Run the app once."""
    chat = blocks()
    others = [chat.pop() for _ in range(5)]
    async with opened(ScriptedBackend("smollm2:135m")) as (app, pilot):
        transcript = app.panes.chat.transcript
        cpu_ms = {
            "open": await _measured(pilot, lambda: transcript.fill(chat)),
            "append": median([await _measured(pilot, partial(transcript.add, other)) for other in others]),
            "page up": await _measured(pilot, lambda: transcript.scroll_pages(-1)),
            "start": await _measured(pilot, transcript.scroll_home_now),
            "theme": await _measured(pilot, app.themes.next),
            "search": await _measured(pilot, lambda: transcript.look_for("nowhere to be found")),
        }
        begun = time.process_time()
        await pilot.resize_terminal(100, 30)
        await pilot.pause()
        cpu_ms["width"] = (time.process_time() - begun) * 1e3
        return {"cpu_ms": cpu_ms, "rss_mib": psutil.Process().memory_info().rss / MIB}


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(figures())))
