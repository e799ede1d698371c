"""What the user asked for, run by workers."""

from __future__ import annotations

import gc

from tests.tui.opened import opened, settle
from tests.tui.scripted import ScriptedBackend


async def test_the_newest_of_a_group_takes_the_place_of_one_that_has_not_begun() -> None:
    done: list[int] = []

    async def note(number: int) -> None:
        done.append(number)

    async with opened(ScriptedBackend("smollm2:135m")) as (app, pilot):
        for number in range(3):
            app.work.start(note(number), group="notes")
        app.work.start(note(9))
        await settle(pilot)
        assert sorted(done) == [2, 9]
        gc.collect()  # a coroutine that nobody awaited would be a warning now, which is an error
