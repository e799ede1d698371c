from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from backend.settings import Settings
from tests.tui.opened import NARROW, WIDE, press, settle, shown, until, write
from tests.tui.scripted import ScriptedBackend, chunk, final, runner
from tests.tui.test_snapshots import REPLY
from tui.app import PunaApp
from tui.terminal.ascii import needs_ascii, to_ascii


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("╭─ café ─╮", "+- cafe -+"),
        ("━━──", "==--"),
        ("● 8 · 4 …", "* 8 - 4 ."),
        ("▁▃▅▇█", "_.=*#"),
        ("⠀⡀⣀⣤⣶⣿", " ..:+#"),
        ("日本", "????"),
        ("Ａ", "A "),  # noqa: RUF001 # the full-width form is meant
        ("e\u0301", "e"),
    ],
)
def test_signs_become_ascii_of_the_same_width(text: str, plain: str) -> None:
    assert to_ascii(text) == plain


@given(st.text(st.characters(blacklist_categories=("Cc", "Cs"))))
def test_nothing_else_is_left_and_no_character_changes_its_width(text: str) -> None:
    assert to_ascii(text).isascii()
    for character in text:
        assert len(to_ascii(character)) == cell_len(character)


def test_which_terminals_need_it() -> None:
    assert needs_ascii("linux", "utf-8")
    assert needs_ascii("xterm-256color", "ANSI_X3.4-1968")
    assert needs_ascii("xterm", "iso8859-1")
    assert not needs_ascii("tmux-256color", "UTF-8")


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_every_screen_is_ascii(size: tuple[int, int]) -> None:
    backend = ScriptedBackend("smollm2:135m", "modèle-日本")
    backend.snapshot.runners = [runner("modèle-日本", state="loading", progress=0.4)]
    app = PunaApp(Settings(ascii_only=True), backend.connect, now=lambda: 1000.0, host="box")
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.workspace.models_known)
        await settle(pilot)
        backend.reply(chunk(thinking="Они спрашивают"), chunk(REPLY), final())
        await write(pilot, "wind")
        await until(pilot, lambda: not app.turns.running)
        for keys in ((), ("f1",), ("ctrl+p",), ("f2",), ("f3",), ("f4", "enter"), ("f6",), ("f8",)):
            await press(pilot, *keys)
            assert shown(app).isascii()
            assert "+-" in shown(app)
            await press(pilot, "escape")
        app.connection.restart()
