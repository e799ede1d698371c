"""Trials of the actions in `tui.actions.transcript`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tui.actions.trials import tries
from tests.tui.opened import press, shown, until, write
from tests.tui.scripted import chunk, final

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.tui.scripted import ScriptedBackend
    from tui.app import PunaApp

CODE = "Two ways:\n\n```sh\nls\n```\n\n```py\nprint(1)\n```\n"


async def replied(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend, *texts: str, thinking: str = "") -> None:
    """Have one message answered, and the transcript focused."""
    backend.reply(*([chunk(thinking=thinking)] if thinking else []), *(chunk(text) for text in texts), final())
    await write(pilot, "hi")
    await until(pilot, lambda: not app.turns.running)
    await press(pilot, "escape")


@tries("transcript.previous")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await replied(app, pilot, backend, "hello")
    transcript = app.panes.chat.transcript
    await press(pilot, "[")
    assert transcript.chosen is transcript.blocks[1]
    assert "▶ smollm2:135m" in shown(app)
    await press(pilot, "[")
    assert transcript.chosen is transcript.blocks[0]
    await press(pilot, "escape")
    assert transcript.has_focus
    assert "▶" not in shown(app)


@tries("transcript.next")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await replied(app, pilot, backend, "hello")
    transcript = app.panes.chat.transcript
    await press(pilot, "[", "[", "]")
    assert transcript.chosen is transcript.blocks[1]
    await press(pilot, "]")
    assert transcript.chosen is transcript.blocks[1]


@tries("transcript.details")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "escape", "z")
    assert app.panes.status.said == "there is no thinking and no tool call here"
    await press(pilot, "escape")
    await replied(app, pilot, backend, "four", thinking="let me see")
    assert "▸ thought, 3 words" in shown(app)
    await press(pilot, "z")
    assert "│ let me see" in shown(app)
    await press(pilot, "z")
    assert "│ let me see" not in shown(app)


@tries("transcript.fold")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await replied(app, pilot, backend, "one\n\ntwo")
    await press(pilot, "Z")
    assert app.panes.status.said == "no message is selected; [ selects one"
    await press(pilot, "[", "Z")
    assert "▶ smollm2:135m  one two" in shown(app)
    await press(pilot, "Z")
    assert "one two" not in shown(app)


@tries("transcript.copy")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await replied(app, pilot, backend, "**hello**", thinking="hm")
    await press(pilot, "y")
    assert app.clipboard == "**hello**"
    await press(pilot, "[", "[", "y")
    assert app.clipboard == "hi"
    assert app.panes.status.said == "copied the message of you: 2 characters"


@tries("transcript.copy_code")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await replied(app, pilot, backend, CODE)
    copied = []
    for _ in range(3):
        await press(pilot, "Y")
        copied.append(app.clipboard)
    assert copied == ["ls\n", "print(1)\n", "ls\n"]
    assert app.panes.status.said == "copied code 1 of 2, again for the next: 3 characters"


@tries("transcript.search")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await replied(app, pilot, backend, "The Hawaiian islands")
    await press(pilot, "/", *"haw")
    assert "message 1 of 1" in shown(app)
    await press(pilot, "enter")
    assert app.panes.chat.transcript.has_focus
    await press(pilot, "escape")
    assert app.panes.chat.transcript.found is None
    assert "message 1 of 1" not in shown(app)
    await press(pilot, "/", "Q", "escape")
    assert app.panes.chat.transcript.found is None
    assert app.panes.chat.transcript.has_focus


@tries("transcript.match")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await replied(app, pilot, backend, "hi there\n\n" * 40)
    await press(pilot, "n")
    assert app.panes.status.said == "nothing is looked for; / begins"
    await press(pilot, "home", "/", *"hi", "enter")
    assert app.panes.chat.transcript.found == (1, 2)
    await press(pilot, "n")
    assert app.panes.chat.transcript.found == (2, 2)
    await press(pilot, *"n" * 40)
    assert app.panes.chat.transcript.found == (1, 2)


@tries("transcript.match_before")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await replied(app, pilot, backend, "hi there")
    await press(pilot, "home", "/", *"hi", "enter", "N")
    assert app.panes.chat.transcript.found == (2, 2)
