"""What the screens look like, at two sizes and in three themes. `--snapshot-update` takes new pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tui.actions.compare import replied as replied_columns
from tests.tui.actions.tokens import looking
from tests.tui.opened import NARROW, WIDE, make, press, settle, until, write
from tests.tui.pictured import IN_SIZES, IN_THEMES, keys, ready
from tests.tui.scripted import ScriptedBackend, chunk, final, model, request, runner
from tui.screens.choose import Choose
from tui.screens.column_parameters import ColumnParameters
from tui.screens.commands import CommandHelp
from tui.screens.confirm import Confirm
from tui.screens.connections import AddConnection, Connections
from tui.screens.doctor import Doctor
from tui.screens.edit_parameter import EditParameter
from tui.screens.enter_text import EnterText
from tui.screens.find_written import FindWritten
from tui.screens.help import Help
from tui.screens.model_info import ModelInfo
from tui.screens.palette import Palette
from tui.screens.presets import PresetList
from tui.screens.text_page import TextPage
from tui.screens.themes import Themes
from tui.screens.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot
    from textual.screen import Screen

    from tests.tui.pictured import Drive
    from tui.app import PunaApp

REPLY = """Wind turns into **electricity** in three steps:

1. The blades are shaped like wings, so that moving air lifts them and the rotor turns.
2. A gearbox speeds the slow rotation up.
3. A `generator` makes current from it.

```python
def power(area: float, speed: float) -> float:
    return 0.5 * 1.225 * area * speed ** 3
```
"""
SCREENS = [
    pytest.param(Help, ("f1",), id="help"),
    pytest.param(Help, ("f1", *"theme"), id="help-found"),
    pytest.param(Palette, ("ctrl+p",), id="palette"),
    pytest.param(Palette, ("ctrl+p", *"unl"), id="palette-found"),
    pytest.param(Workbench, ("f4", "down", "down"), id="parameters"),
    pytest.param(EditParameter, ("f4", "enter", "9"), id="edit"),
    pytest.param(EnterText, ("f4", "plus", "n"), id="save-preset"),
    pytest.param(PresetList, ("f4", "plus", "n", *"calm", "enter", "l"), id="presets"),
    pytest.param(ModelInfo, ("f2", "i"), id="info"),
    pytest.param(Confirm, ("f2", "d"), id="confirm"),
    pytest.param(Workbench, ("slash", *"set"), id="completions"),
    pytest.param(CommandHelp, ("slash", "question_mark", "enter"), id="command-help"),
    pytest.param(TextPage, (*"/show modelfile", "enter"), id="text-page"),
    pytest.param(FindWritten, (*"/show modelfile", "enter", "escape", "alt+r"), id="written"),
    pytest.param(Choose, ("ctrl+o", "escape", "m"), id="column-model"),
    pytest.param(ColumnParameters, ("ctrl+o", "escape", "p"), id="column-parameters"),
    pytest.param(Themes, ("f8",), id="themes"),
    pytest.param(Connections, ("escape", "B"), id="backends"),
    pytest.param(AddConnection, ("escape", "B", "a"), id="backend"),
    pytest.param(Doctor, ("escape", "exclamation_mark"), id="doctor"),
]


def stocked() -> ScriptedBackend:
    backend = ScriptedBackend("smollm2:135m", "gemma3:270m")
    backend.models.append(model("qwen2.5-coder:0.5b-instruct-q4_K_M", 397_800_000, "Q4_K_M", "494.03M"))
    backend.shown.modelfile = 'FROM smollm2:135m\nSYSTEM "Be brief."\nPARAMETER temperature 0.2'
    backend.snapshot.runners = [
        runner("smollm2:135m", active=1, tokens_per_second=84.0),
        runner("gemma3:270m", state="loading", progress=0.43, resident=0, expires_in=None),
    ]
    backend.snapshot.requests = [request("smollm2:135m")]
    return backend


def chat(app: PunaApp, backend: ScriptedBackend) -> Drive:
    async def drive(pilot: Pilot[None]) -> None:
        await ready(app, pilot)
        app.workspace.parameters.set("temperature", "0.2")
        backend.reply(chunk(thinking="They ask about wind."), chunk(REPLY), final())
        await write(pilot, "how does a wind turbine work")
        await until(pilot, lambda: not app.turns.running)
        await settle(pilot)

    return drive


@IN_THEMES
@IN_SIZES
def test_chat(snap_compare: Callable[..., bool], size: tuple[int, int], theme: str) -> None:
    backend = stocked()
    app = make(backend, theme)
    assert snap_compare(app, terminal_size=size, run_before=chat(app, backend))


@IN_THEMES
@IN_SIZES
@pytest.mark.parametrize(("shows", "pressed"), SCREENS)
def test_screen(
    snap_compare: Callable[..., bool],
    shows: type[Screen[object]],
    pressed: tuple[str, ...],
    size: tuple[int, int],
    theme: str,
) -> None:
    app = make(stocked(), theme)
    assert snap_compare(app, terminal_size=size, run_before=keys(app, shows, *pressed))


def test_without_colour(snap_compare: Callable[..., bool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    backend = stocked()
    app = make(backend)
    assert snap_compare(app, terminal_size=NARROW, run_before=chat(app, backend))


@IN_THEMES
@IN_SIZES
def test_compare(snap_compare: Callable[..., bool], size: tuple[int, int], theme: str) -> None:
    backend = stocked()
    app = make(backend, theme)

    async def drive(pilot: Pilot[None]) -> None:
        await ready(app, pilot)
        await replied_columns(app, pilot, backend)
        await press(pilot, "v")

    assert snap_compare(app, terminal_size=size, run_before=drive)


@IN_THEMES
@IN_SIZES
def test_tokens(snap_compare: Callable[..., bool], size: tuple[int, int], theme: str) -> None:
    backend = stocked()
    app = make(backend, theme)

    async def drive(pilot: Pilot[None]) -> None:
        await ready(app, pilot)
        await looking(app, pilot, backend)
        await press(pilot, "n")

    assert snap_compare(app, terminal_size=size, run_before=drive)


@pytest.mark.parametrize("theme", ["ichu", "puna-ansi", "puna-mono", "salar"])
def test_chat_in_other_themes(snap_compare: Callable[..., bool], theme: str) -> None:
    backend = stocked()
    app = make(backend, theme)
    assert snap_compare(app, terminal_size=WIDE, run_before=chat(app, backend))


@IN_SIZES
def test_ascii(snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    backend = stocked()
    app = make(backend, "puna-ansi", ascii_only=True)
    assert snap_compare(app, terminal_size=size, run_before=chat(app, backend))
