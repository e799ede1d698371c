from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.settings import Settings
from tests.tui.opened import press, settle, shown, until
from tests.tui.scripted import ScriptedBackend
from tui.actions.action import Scope
from tui.actions.keymap import Keymap, KeysError, read_keymap
from tui.actions.registry import BY_ID
from tui.app import PunaApp
from tui.screens.help import Help

if TYPE_CHECKING:
    from pathlib import Path


def test_without_a_file_the_keys_are_the_registry_s(tmp_path: Path) -> None:
    assert read_keymap(tmp_path).textual() == {}
    assert read_keymap(tmp_path).names(BY_ID["chat.new"]) == "Ctrl+N"


def test_both_ways_to_write_an_action_are_understood(tmp_path: Path) -> None:
    (tmp_path / "keys.toml").write_text('chat.new = "Alt+N"\n"app.help" = ["F11", "0"]\n[models]\nload = "z"\n')
    keys = read_keymap(tmp_path)
    assert keys.names(BY_ID["chat.new"]) == "Alt+N"
    assert keys.names(BY_ID["app.help"]) == "F11 0"
    assert keys.always(BY_ID["app.help"]) == ("f11",)
    assert keys.names(BY_ID["models.load"]) == "z"
    assert keys.names(BY_ID["models.unload"]) == "u"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('chat.nwe = "F11"', "there is no action 'chat.nwe'; did you mean chat.new?"),
        ('chat.new = "Entr"', "chat.new: there is no key 'Entr'; did you mean Enter?"),
        ('chat.new = "F1"', "F1 is given to chat.new and to app.help"),
        ('models.load = "u"', "u is given to models.load and to models.unload"),
        ('chat.new = "Ctrl+B"', "chat.new: Ctrl+B may be kept by tmux; give it another key besides"),
        ('chat.new = ["Ctrl+S", "Ctrl+A"]', "may be kept by"),
        ('models.load = "Down"', "models.load: Down moves the cursor"),
        ("chat.new = []", "write one key or several"),
        ("chat.new = 5", "write one key or several"),
        ("chat.new = ", "cannot be read"),
        ("chat.new = " + str([f"F{number}" for number in range(1, 13)]), "at most 8 keys"),
        ("# " + "x" * 70_000, "larger than"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(text)
    with pytest.raises(KeysError) as error:
        read_keymap(tmp_path)
    assert str(path) in str(error.value)
    assert message in str(error.value)


def test_a_key_taken_by_tmux_may_stand_beside_another(tmp_path: Path) -> None:
    (tmp_path / "keys.toml").write_text('chat.new = ["Ctrl+B", "F11"]')
    assert read_keymap(tmp_path).names(BY_ID["chat.new"]) == "Ctrl+B F11"


def test_hints_name_as_many_keys_as_fit() -> None:
    keys = Keymap({"models.load": ("z",)})
    assert keys.hints(Scope.MODELS, 60).startswith("z load · u unload")
    assert keys.hints(Scope.MODELS, 8) == "z load"
    assert keys.hints(Scope.MODELS, 3) == ""


async def test_changed_keys_work_in_the_app_and_stand_in_the_help(tmp_path: Path) -> None:
    (tmp_path / "keys.toml").write_text('app.help = "F11"\nmodels.load = ["z", "f12"]\nparameters.edit = "w"')
    backend = ScriptedBackend("a")
    app = PunaApp(Settings(config=tmp_path), backend.connect, host="box")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.workspace.models_known)
        await settle(pilot)
        assert "F11 help" in shown(app)
        await press(pilot, "f1")
        assert app.screen is app.panes
        await press(pilot, "f2")
        assert "z load · u unload" in shown(app)
        await press(pilot, "l")
        assert backend.asked("load") == []
        await press(pilot, "z", "f12")
        assert len(backend.asked("load")) == 2
        await press(pilot, "f11")
        assert isinstance(app.screen, Help)
        await press(pilot, *"load")
        assert "F12 z" in shown(app)
        assert str(tmp_path / "keys.toml") not in shown(app)
        app.connection.restart()


async def test_a_wrong_file_is_told_and_the_usual_keys_are_in_force(tmp_path: Path) -> None:
    (tmp_path / "keys.toml").write_text('app.hepl = "F11"')
    app = PunaApp(Settings(config=tmp_path), ScriptedBackend("a").connect, host="box")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.workspace.models_known)
        assert "did you mean app.help?" in app.panes.status.said
        await press(pilot, "f1")
        assert isinstance(app.screen, Help)
        app.connection.restart()
