"""The app against a real backend with fake runners: what the scripted one promises is what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from backend.client import Client
from tests.fakes.gguf_file import write_gguf
from tests.tui.opened import press, settle, shown, until, write
from tui.app import PunaApp
from tui.screens.get_model import GetModel

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from backend.settings import Settings


async def import_model(pilot: Pilot[None], app: PunaApp, path: Path) -> None:
    """From the first start to a prompt with a model."""
    await until(pilot, lambda: isinstance(app.screen, GetModel))
    await press(pilot, "down", "down", "enter")
    app.screen.query_one(Input).value = str(path)
    await press(pilot, "enter")
    await until(pilot, lambda: bool(app.workspace.model) and app.panes.chat.prompt.has_focus)
    await settle(pilot)


async def test_from_an_empty_store_to_a_reply_to_unloading(backend: Settings, tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "Tiny.gguf")
    app = PunaApp(backend, Client)
    async with app.run_test(size=(120, 40)) as pilot:
        await import_model(pilot, app, path)
        assert app.workspace.model == "tiny:latest"
        assert app.workspace.parameters.trained_context == 2048
        await write(pilot, "hi")
        await until(pilot, lambda: not app.turns.running)
        assert "t0 t1 t2 t3 t4" in shown(app)
        await until(pilot, lambda: app.workspace.runner("tiny") is not None)
        await press(pilot, "f2", "u")
        await until(pilot, lambda: app.workspace.runner("tiny") is None)


async def test_stopping_a_reply_ends_the_generation_in_the_backend(backend: Settings, tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "Tiny.gguf")
    app = PunaApp(backend, Client)
    async with app.run_test(size=(120, 40)) as pilot:
        await import_model(pilot, app, path)
        app.panes.chat.prompt.load_text("@hang=3")
        await press(pilot, "enter")
        await until(pilot, lambda: "t0 t1" in shown(app) and bool(app.workspace.requests))
        await press(pilot, "escape")
        await until(pilot, lambda: not app.workspace.requests)
        assert "■ stopped" in shown(app)


async def test_a_runner_that_dies_is_an_error_line_and_the_next_message_works(
    backend: Settings, tmp_path: Path
) -> None:
    path = write_gguf(tmp_path / "Tiny.gguf")
    app = PunaApp(backend, Client)
    async with app.run_test(size=(120, 40)) as pilot:
        await import_model(pilot, app, path)
        app.panes.chat.prompt.load_text("@crash=2")
        await press(pilot, "enter")
        await until(pilot, lambda: not app.turns.running)
        assert "t0 t1" in shown(app)
        assert "unexpectedly" in shown(app)
        await press(pilot, "ctrl+n")
        await write(pilot, "again")
        await until(pilot, lambda: not app.turns.running)
        assert "t0 t1 t2 t3 t4" in shown(app)
