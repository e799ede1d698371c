"""Every action of the registry, by its keys. `test_every_action_is_tried` keeps the trials complete."""

from __future__ import annotations

import pytest

from tests.tui.actions import chat, compare, models, panes, parameters, puna, running, tokens
from tests.tui.actions.trials import TRIES
from tests.tui.opened import opened
from tests.tui.scripted import ScriptedBackend
from tui.actions.action import Scope
from tui.actions.registry import ACTIONS, BY_ID, bindings, key_name, key_names

MODULES = (chat, compare, models, panes, parameters, puna, running, tokens)  # importing them notes their trials


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
    assert len(bindings(Scope.MODELS)) == 6


def test_no_global_key_is_taken_by_tmux_screen_or_flow_control() -> None:
    taken = {"ctrl+b", "ctrl+a", "ctrl+s", "ctrl+q", "shift+enter"}
    for action in ACTIONS:
        assert not taken & set(action.global_keys)
        assert set(action.keys + action.global_keys) - taken


def test_keys_are_named_as_on_the_keyboard() -> None:
    assert [key_name(key) for key in ("ctrl+n", "f2", "question_mark", "m", "alt+enter")] == [
        "Ctrl+N",
        "F2",
        "?",
        "m",
        "Alt+Enter",
    ]
    assert key_names(BY_ID["app.help"]) == "F1 ?"
