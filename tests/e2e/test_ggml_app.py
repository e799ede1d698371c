"""A GGML file in the app: from the path of the file to a reply, with the real engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.app import running
from backend.client import Client
from backend.settings import load
from tests.fakes.backend import environment
from tests.ggml.files import ggml_bytes
from tests.tui.opened import press, shown, until
from tests.tui.test_real_backend import import_model, reply
from tui.app import PunaApp

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_ggml_file_is_imported_and_replies(tmp_path: Path) -> None:
    path = tmp_path / "Lake.bin"
    path.write_bytes(ggml_bytes("llama"))
    settings = load(environment(tmp_path))
    async with running(settings):
        app = PunaApp(settings, Client)
        async with app.run_test(size=(120, 40)) as pilot:
            await import_model(pilot, app, path)
            assert app.workspace.model == "lake:latest"
            app.panes.chat.prompt.load_text("the lake")
            await press(pilot, "enter")
            await until(pilot, lambda: not app.turns.running)
            assert reply(app).strip()
            runner = app.workspace.runner(app.workspace.model)
            assert runner is not None
            assert runner.engine == "ctransformers"
            assert "unexpectedly" not in shown(app)
