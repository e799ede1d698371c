"""What the screens look like, at two sizes and in three themes. `--snapshot-update` takes new pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tui.actions.compare import replied as replied_columns
from tests.tui.actions.tokens import looking
from tests.tui.opened import NARROW, WIDE, make, press, settle, until, write
from tests.tui.scripted import ScriptedBackend, chunk, final, model, request, runner

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from tui.app import PunaApp

THEMES = ("puna-dark", "puna-light", "puna-contrast")
REPLY = """Wind turns into **electricity** in three steps:

1. The blades are shaped like wings, so that moving air lifts them and the rotor turns.
2. A gearbox speeds the slow rotation up.
3. A `generator` makes current from it.

```python
def power(area: float, speed: float) -> float:
    return 0.5 * 1.225 * area * speed ** 3
```
"""


def stocked() -> ScriptedBackend:
    backend = ScriptedBackend("smollm2:135m", "gemma3:270m")
    backend.models.append(model("qwen2.5-coder:0.5b-instruct-q4_K_M", 397_800_000, "Q4_K_M", "494.03M"))
    backend.snapshot.runners = [
        runner("smollm2:135m", active=1, tokens_per_second=84.0),
        runner("gemma3:270m", state="loading", progress=0.43, resident=0, expires_in=None),
    ]
    backend.snapshot.requests = [request("smollm2:135m")]
    return backend


async def ready(app: PunaApp, pilot: Pilot[None]) -> None:
    await until(pilot, lambda: app.workspace.models_known)
    await settle(pilot)


def chat(app: PunaApp, backend: ScriptedBackend) -> Callable[[Pilot[None]], object]:
    async def drive(pilot: Pilot[None]) -> None:
        await ready(app, pilot)
        app.workspace.parameters.set("temperature", "0.2")
        backend.reply(chunk(thinking="They ask about wind."), chunk(REPLY), final())
        await write(pilot, "how does a wind turbine work")
        await until(pilot, lambda: not app.turns.running)
        await settle(pilot)

    return drive


def keys(app: PunaApp, *pressed: str) -> Callable[[Pilot[None]], object]:
    async def drive(pilot: Pilot[None]) -> None:
        await ready(app, pilot)
        await press(pilot, *pressed)

    return drive


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_chat(snap_compare: Callable[..., bool], size: tuple[int, int], theme: str) -> None:
    backend = stocked()
    app = make(backend, theme)
    assert snap_compare(app, terminal_size=size, run_before=chat(app, backend))


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize(
    "pressed",
    [("f1",), ("ctrl+p",), ("f2",), ("f3",), ("f4", "down", "down"), ("f4", "enter", "9"), ("f2", "i"), ("f2", "d")],
    ids=["help", "palette", "models", "running", "parameters", "edit", "info", "confirm"],
)
def test_screen(snap_compare: Callable[..., bool], pressed: tuple[str, ...], size: tuple[int, int]) -> None:
    app = make(stocked())
    assert snap_compare(app, terminal_size=size, run_before=keys(app, *pressed))


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_first_start(snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    app = make(ScriptedBackend())
    assert snap_compare(app, terminal_size=size, run_before=keys(app))


def test_without_colour(snap_compare: Callable[..., bool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    backend = stocked()
    app = make(backend)
    assert snap_compare(app, terminal_size=NARROW, run_before=chat(app, backend))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_compare(snap_compare: Callable[..., bool], size: tuple[int, int], theme: str) -> None:
    backend = stocked()
    app = make(backend, theme)

    async def drive(pilot: Pilot[None]) -> None:
        await ready(app, pilot)
        await replied_columns(app, pilot, backend)
        await press(pilot, "v")

    assert snap_compare(app, terminal_size=size, run_before=drive)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_tokens(snap_compare: Callable[..., bool], size: tuple[int, int], theme: str) -> None:
    backend = stocked()
    app = make(backend, theme)

    async def drive(pilot: Pilot[None]) -> None:
        await ready(app, pilot)
        await looking(app, pilot, backend)
        await press(pilot, "n")

    assert snap_compare(app, terminal_size=size, run_before=drive)
