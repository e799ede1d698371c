"""What the workbench looks like when something is unusual: no model, no backend, a reply under way, a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.errors import ConnectFailed
from tests.tui.opened import make, press, settle, until, write
from tests.tui.pictured import IN_SIZES, IN_THEMES, ready
from tests.tui.scripted import ScriptedBackend, chunk, final, request, runner
from tests.tui.scripted_downloads import download
from tests.tui.scripted_sessions import failed
from tui.connection import Link, LinkChanged

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

_LONG = "\n\n".join(f"{number}. The wind turns the blades, and the blades turn the shaft." for number in range(30))
_HALF = {"total": 3_300_000_000, "completed": 2_046_000_000}


@IN_THEMES
@IN_SIZES
def test_first_start(snap_compare: Callable[..., bool], size: tuple[int, int], theme: str) -> None:
    app = make(ScriptedBackend(), theme)
    assert snap_compare(app, terminal_size=size, run_before=lambda pilot: ready(app, pilot))


@IN_THEMES
@IN_SIZES
def test_no_backend(snap_compare: Callable[..., bool], size: tuple[int, int], theme: str) -> None:
    backend = ScriptedBackend()
    backend.refuse_start = ConnectFailed("port 11434 is held by another program; set OLLAMA_HOST to another port")
    app = make(backend, theme)

    async def drive(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.workspace.link is Link.FAILED)
        await settle(pilot)

    assert snap_compare(app, terminal_size=size, run_before=drive)


@IN_THEMES
@IN_SIZES
def test_backend_lost(snap_compare: Callable[..., bool], size: tuple[int, int], theme: str) -> None:
    backend = ScriptedBackend("smollm2:135m")
    backend.sessions.add("how does a wind turbine work", "Moving air lifts the blades.", title="Wind turbines")
    app = make(backend, theme)

    async def drive(pilot: Pilot[None]) -> None:
        await ready(app, pilot)
        app.post_message(LinkChanged(Link.LOST, "the backend closed the line"))
        await settle(pilot)

    assert snap_compare(app, terminal_size=size, run_before=drive)


@IN_THEMES
@IN_SIZES
def test_replying(snap_compare: Callable[..., bool], size: tuple[int, int], theme: str) -> None:
    """The reply runs on below what is read, and a model comes meanwhile."""
    backend = ScriptedBackend("smollm2:135m")
    busy = {"active": 1, "tokens_per_second": 84.0}
    backend.snapshot.downloads = [download("gemma3:12b", state="running", rate=12e6, left=104.0, **_HALF)]
    app = make(backend, theme)

    async def drive(pilot: Pilot[None]) -> None:
        await ready(app, pilot)
        backend.reply(chunk(_LONG))
        await write(pilot, "how does a wind turbine work")
        backend.tell(runners=[runner("smollm2:135m", **busy)], requests=[request("smollm2:135m")])
        await until(pilot, lambda: app.panes.chat.transcript.max_scroll_y > 0)
        await press(pilot, "pageup")

    assert snap_compare(app, terminal_size=size, run_before=drive)


@IN_THEMES
@IN_SIZES
def test_reading(snap_compare: Callable[..., bool], size: tuple[int, int], theme: str) -> None:
    """A message is selected, and a word is looked for."""
    backend = ScriptedBackend("smollm2:135m")
    app = make(backend, theme)

    async def drive(pilot: Pilot[None]) -> None:
        await ready(app, pilot)
        for question, answer in (("what turns the blades", "The **wind** does."), ("why", "Because of the wind.")):
            backend.reply(chunk(thinking="They ask about wind."), chunk(answer), final())
            await write(pilot, question)
            await until(pilot, lambda: not app.turns.running)
        await press(pilot, "escape", "[", "[", "slash", *"wind", "enter")

    assert snap_compare(app, terminal_size=size, run_before=drive)


@IN_THEMES
@IN_SIZES
def test_failed_reply(snap_compare: Callable[..., bool], size: tuple[int, int], theme: str) -> None:
    backend = ScriptedBackend("smollm2:135m")
    app = make(backend, theme)

    async def drive(pilot: Pilot[None]) -> None:
        await ready(app, pilot)
        backend.reply(chunk("The rotor"), failed("the model ran out of memory; it loads again with the next message"))
        await write(pilot, "how does a wind turbine work")
        await until(pilot, lambda: not app.turns.running)
        await settle(pilot)

    assert snap_compare(app, terminal_size=size, run_before=drive)
