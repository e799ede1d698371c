"""No screen without a picture."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from textual.screen import Screen

import tui.screens
from tests.tui import test_chat_snapshots, test_model_snapshots, test_monitor_snapshots, test_snapshots
from tui.screens.compare import Compare
from tui.screens.tokens import Tokens

TABLES = (test_chat_snapshots, test_model_snapshots, test_monitor_snapshots, test_snapshots)
OF_THEIR_OWN = {Compare, Tokens}  # `test_compare` and `test_tokens` in `test_snapshots`


def screens() -> set[type[Screen[Any]]]:
    """Every class in `tui/screens` that can be shown; those that others are made of are not."""
    found = set()
    for path in Path(tui.screens.__path__[0]).glob("[!_]*.py"):
        module = import_module(f"tui.screens.{path.stem}")
        own = (thing for thing in vars(module).values() if getattr(thing, "__module__", "") == module.__name__)
        found |= {thing for thing in own if isinstance(thing, type) and issubclass(thing, Screen)}
    return {screen for screen in found if screen.compose is not Screen.compose and not screen.__subclasses__()}


def test_every_screen_has_pictures() -> None:
    pictured = {parameters.values[0] for table in TABLES for parameters in table.SCREENS}
    assert {screen.__name__ for screen in screens() - pictured - OF_THEIR_OWN} == set()
