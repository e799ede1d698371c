"""The app against a real backend with fake runners: what the scripted one promises is what happens."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.widgets import Input

from backend.client import Client
from tests.fakes.backend import add_model
from tests.fakes.gguf_file import write_gguf
from tests.fakes.relay import relayed
from tests.tui.opened import press, settle, shown, until, write
from tui.app import PunaApp
from tui.connection import Link
from tui.screens.get_model import GetModel
from tui.transcript.block import Kind

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from backend.settings import Settings

GOES_ON_WITHIN_S = 1.0


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


async def test_a_line_that_is_cut_again_and_again_loses_no_token(backend: Settings, tmp_path: Path) -> None:
    add_model(backend, "tiny")
    async with relayed(backend) as (settings, relay):
        app = PunaApp(settings, Client)
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: app.workspace.models_known and app.chats.known)
            app.panes.chat.prompt.load_text("@tokens=120 @delay=0.02")
            await press(pilot, "enter")
            for seen in ("t10 ", "t40 ", "t70 "):
                await until(pilot, lambda seen=seen: seen in reply(app))  # type: ignore[misc]
                relay.is_down = True
                relay.cut()
                await until(pilot, lambda: app.workspace.link is Link.LOST)
                relay.is_down, back = False, time.monotonic()
                before = reply(app)
                await until(pilot, lambda before=before: reply(app) != before)  # type: ignore[misc]
                assert time.monotonic() - back < GOES_ON_WITHIN_S
            await until(pilot, lambda: not app.turns.running)
        assert reply(app) == "".join(f"t{number} " for number in range(120))
        assert relay.connections > 3


def reply(app: PunaApp) -> str:
    """The text of the last block."""
    return "".join(part.text for part in app.workspace.chat.blocks[-1].parts if part.kind is Kind.TEXT)
