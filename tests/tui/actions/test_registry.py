"""Every action of the registry, by its keys. `test_every_action_is_tried` keeps the trials complete."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from tests.tui import actions
from tests.tui.actions.trials import TRIES
from tests.tui.opened import opened
from tests.tui.scripted import ScriptedBackend
from tui.actions.action import Scope
from tui.actions.key import TAKEN
from tui.actions.keymap import Keymap
from tui.actions.registry import ACTIONS, BY_ID, bindings

for module in pkgutil.iter_modules(actions.__path__):  # importing them notes their trials
    importlib.import_module(f"{actions.__name__}.{module.name}")


@pytest.mark.parametrize("action_id", sorted(BY_ID))
async def test_action(action_id: str) -> None:
    backend = ScriptedBackend("smollm2:135m", "gemma3:270m")
    async with opened(backend) as (app, pilot):
        await TRIES[action_id](app, pilot, backend)


def test_every_action_is_tried() -> None:
    assert set(TRIES) == {action.id for action in ACTIONS}


def test_no_key_means_two_things_in_one_place() -> None:
    for scope in Scope:
        keys = [key for action in ACTIONS if action.scope is scope for key in (*action.keys, *action.global_keys)]
        assert len(keys) == len(set(keys))
    assert bindings(Scope.MODELS)


def test_no_pane_hides_a_key_that_works_everywhere() -> None:
    everywhere = {key for action in ACTIONS if action.scope is Scope.APP for key in action.keys}
    panes = {Scope.MODELS, Scope.RUNNING, Scope.PARAMETERS, Scope.TRANSCRIPT}
    assert not [action.id for action in ACTIONS if action.scope in panes and everywhere & set(action.keys)]


def test_no_global_key_is_taken_by_tmux_screen_or_flow_control() -> None:
    for action in ACTIONS:
        assert not TAKEN.keys() & set(action.global_keys)
        assert set(action.keys + action.global_keys) - TAKEN.keys()


def test_every_action_can_be_reached_by_a_key() -> None:
    assert all(Keymap().names(action) for action in ACTIONS)
    assert Keymap().names(BY_ID["app.help"]) == "F1 ?"
