from __future__ import annotations

import os
from typing import TYPE_CHECKING

from backend.settings import Settings
from tests.tui.opened import press, settle, shown, until
from tests.tui.scripted import ScriptedBackend
from tests.tui.test_theme import source
from tui.app import PunaApp
from tui.screens.themes import Themes
from tui.theme_shelf import ThemeShelf

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, name: str, text: str, *, at: int = 1) -> Path:
    """A theme of the user's, changed at a moment of its own, since two writes may fall into one tick of the clock."""
    (folder / "themes").mkdir(exist_ok=True)
    path = folder / "themes" / f"{name}.toml"
    path.write_text(text)
    os.utime(path, (at, at))
    return path


def test_the_user_s_themes_stand_beside_puna_s(tmp_path: Path) -> None:
    write(tmp_path, "mine", source())
    write(tmp_path, "dark", source(name='"puna-dark"', colors_primary='"#abcdef"'))
    shelf = ThemeShelf(tmp_path, tmp_path)
    assert "mine" in shelf.themes
    assert shelf.themes["puna-dark"].primary == "#abcdef"
    assert shelf.problems == []


def test_a_wrong_file_is_left_out_and_said(tmp_path: Path) -> None:
    path = write(tmp_path, "mine", source(colors_primary='"green"'))
    shelf = ThemeShelf(tmp_path, tmp_path)
    assert "mine" not in shelf.themes
    assert str(path) in shelf.problems[0]
    assert "colors.primary" in shelf.problems[0]
    write(tmp_path, "mine", source(), at=2)
    assert shelf.read()
    assert shelf.problems == []
    assert not shelf.read()
    path.unlink()
    assert shelf.read()
    assert "mine" not in shelf.themes


def test_the_choice_is_remembered(tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert ThemeShelf(tmp_path, state).chosen() == ""
    ThemeShelf(tmp_path, state).remember("ichu")
    assert ThemeShelf(tmp_path, state).chosen() == "ichu"
    (state / "theme").write_bytes(b"\xff" * 100)
    assert ThemeShelf(tmp_path, state).chosen() == ""


def app_of(tmp_path: Path, theme: str = "") -> PunaApp:
    settings = Settings(config=tmp_path, state=tmp_path / "state", theme=theme)
    return PunaApp(settings, ScriptedBackend("a").connect, host="box")


async def test_a_theme_is_kept_for_the_next_start(tmp_path: Path) -> None:
    app = app_of(tmp_path)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.workspace.models_known)
        await press(pilot, "f8", "down", "enter")
        assert app.panes.status.said == "theme ichu"
        app.connection.restart()
    assert app_of(tmp_path).theme == "ichu"
    assert app_of(tmp_path, "salar").theme == "salar"


async def test_settings_that_win_are_said(tmp_path: Path) -> None:
    app = app_of(tmp_path, "salar")
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.workspace.models_known)
        await press(pilot, "escape", "t")
        assert app.panes.status.said == "theme puna-dark; the next start takes salar again, as your settings say"
        app.connection.restart()


async def test_a_changed_file_is_seen_while_one_chooses(tmp_path: Path) -> None:
    write(tmp_path, "mine", source())
    app = app_of(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.workspace.models_known)
        await press(pilot, "f8")
        screen = app.screen
        assert isinstance(screen, Themes)
        await press(pilot, "down", "down")
        assert app.theme == "mine"
        write(tmp_path, "mine", source(colors_background='"#fedcba"'), at=2)
        screen.read_again()
        await settle(pilot)
        assert app.theme_variables["background"].lower() == "#fedcba"
        assert app.panes.chat.transcript.styles.background.hex.lower() == "#fedcba"
        path = write(tmp_path, "mine", "name =", at=3)
        screen.read_again()
        await settle(pilot)
        assert app.theme == "puna-dark"
        assert str(path)[:20] in shown(app)
        app.connection.restart()


async def test_a_wrong_file_is_told_at_the_start(tmp_path: Path) -> None:
    write(tmp_path, "mine", source(dark="3"))
    app = app_of(tmp_path, "nightfall")
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.workspace.models_known)
        assert "there is no theme nightfall" in app.panes.status.said
        app.connection.restart()
