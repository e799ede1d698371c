"""Sentences name the keys in force: none is written down where the user's `keys.toml` cannot change it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import tui
from tests.tui.opened import opened, press, shown
from tests.tui.scripted import ScriptedBackend
from tui.actions.keymap import Keymap

SOURCES = Path(tui.__path__[0])
NAMED = re.compile(r"\bF\d{1,2}\b|\b(Ctrl|Alt)\+[A-Z]\b")
FIXED = {
    "Ctrl+J",  # of the prompt's own, which no action has
    "Ctrl+X",
    "Ctrl+E",
    "Ctrl+K",
    "Ctrl+Z",
    "Alt+Z",
    "Alt+E",  # of the dialog in which a model is made
    "Ctrl+N",  # examples of keys
    "F5",
    "Ctrl+A",  # of GNU screen
}


def sentences(source: str) -> list[str]:
    """Every text of a module that is no docstring."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docs = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, documented)}
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return [text for text in texts if isinstance(text, str) and text not in docs]


def test_no_sentence_has_a_key_that_can_be_changed() -> None:
    named = {
        f"{path.name}: {text}"
        for path in SOURCES.rglob("*.py")
        for text in sentences(path.read_text("utf-8"))
        for match in NAMED.finditer(text)
        if match[0] not in FIXED
    }
    assert named == set()


async def test_the_keys_of_the_user_are_named() -> None:
    backend = ScriptedBackend("a")
    async with opened(backend) as (app, pilot):
        app.keys = Keymap({"sessions.list": ("f12",), "downloads.add": ("n",)})
        await press(pilot, "escape", "full_stop")
        assert app.panes.status.said == "no other chat is open; F12 opens one"
        await press(pilot, "ctrl+l")
        assert "n gets a model" in shown(app)


async def test_whoever_types_is_told_a_key_that_is_no_text() -> None:
    async with opened(ScriptedBackend("a")) as (app, pilot):
        await press(pilot, "ctrl+c")
        assert app.panes.status.said == "nothing to stop; Ctrl+D quits"
