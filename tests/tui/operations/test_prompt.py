"""What the settings make of the prompt, and what comes back into it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from backend.errors import QueueFull
from backend.settings import Settings
from tests.tui.opened import make, opened, press, settle, shown, until, write
from tests.tui.scripted import ScriptedBackend, chunk, final
from tui.app import PunaApp
from tui.prompt.vim import Mode

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

MODEL = "smollm2:135m"


async def say_hi(settings: Settings) -> list[str]:
    """Send a message in a new app; what its prompt remembers then."""
    backend = ScriptedBackend(MODEL)
    backend.reply(chunk("ok"), final())
    app = PunaApp(settings, backend.connect)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.workspace.models_known and app.chats.known)
        await settle(pilot)
        await write(pilot, "hi")
        await until(pilot, lambda: not app.turns.running)
        app.connection.restart()
        return app.panes.chat.prompt.remembered.entries()


async def test_what_was_written_is_remembered_in_the_state_folder(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path)
    assert settings.history_file is not None
    settings.history_file.write_text('"before"\n')
    assert await say_hi(settings) == ["before", "hi"]
    assert await say_hi(replace(settings, nohistory=True)) == ["before", "hi"]


async def test_a_history_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    backend = ScriptedBackend(MODEL)
    app = PunaApp(Settings(state=tmp_path / "file"), backend.connect)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.workspace.models_known and app.chats.known)
        await settle(pilot)
        app.writing.taken("hi")
        await settle(pilot)
        assert "cannot be remembered" in app.panes.status.said
        app.connection.restart()


async def test_vims_keys_are_there_from_the_start() -> None:
    app = PunaApp(Settings(prompt_keys="vim"), ScriptedBackend(MODEL).connect)
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "a", "escape")
        vim = app.panes.chat.prompt.vim
        assert vim is not None
        assert vim.mode is Mode.NORMAL
        assert "n>" in shown(app)
        app.connection.restart()


async def test_a_message_that_is_refused_comes_back_with_the_names_of_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.md").write_text("# hi")
    backend = ScriptedBackend(MODEL)
    async with opened(backend) as (app, pilot):
        backend.refuse = QueueFull("64 turns run already")
        await press(pilot, *"sum up @notes.md ", "enter")
        await until(pilot, lambda: "back in the prompt" in shown(app))
        assert app.panes.chat.prompt.text == "sum up @notes.md "


def test_without_an_editor_of_the_users_own_there_is_vi() -> None:
    assert make(ScriptedBackend(MODEL)).writing.editor == "vi"
