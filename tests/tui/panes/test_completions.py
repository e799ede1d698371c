"""The list over the prompt, also of files whose names are hostile to a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from textual import events

from tests.tui.opened import NARROW, opened, press, settle, shown, until
from tests.tui.scripted import ScriptedBackend
from tui.panes.completions import Candidate, Completions
from tui.prompt.attachments import mentions
from tui.prompt.files import matching_files

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

FOREIGN = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("[]/\x1b\u009b\n\t宽")), max_size=40)


@given(FOREIGN, FOREIGN, st.integers(20, 90))
def test_no_row_carries_a_control_character(text: str, about: str, width: int) -> None:
    row = Completions._row(Candidate(text, about), 12, width, chosen=True).plain
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in row)


def test_files_are_offered_folders_first_hidden_and_hostile_ones_not(tmp_path: Path) -> None:
    for name in ("b.txt", "B2.txt", ".hidden", "\x1b[31mred", "a b"):
        (tmp_path / name).write_text("12345")
    (tmp_path / "box").mkdir()
    names = [(name.rpartition("/")[2] or "box/", about) for name, about in matching_files(f"{tmp_path}/")]
    assert names == [("box/", "folder"), ("a b", "5 B"), ("b.txt", "5 B"), ("B2.txt", "5 B")]
    assert [name for name, _ in matching_files(f"{tmp_path}/.h")] == [f"{tmp_path}/.hidden"]
    assert matching_files(f"{tmp_path}/none/") == []
    assert matching_files("\0") == []


def test_the_label_of_a_file_is_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "\x1b[31mred\x9b.txt").write_text("x")
    assert [file.label for file in mentions("@\x1b[31mred\x9b.txt")] == ["[31mred.txt 1 B"]


async def test_the_list_moves_around_and_goes_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for number in range(9):
        (tmp_path / f"file{number}").write_text("")
    async with opened(ScriptedBackend("smollm2:135m"), NARROW) as (app, pilot):
        await press(pilot, *"@file")
        await until(pilot, lambda: app.panes.chat.entry.completions.display)
        await settle(pilot)
        assert "@file0" in shown(app)
        assert "@file8" not in shown(app)
        await press(pilot, "up")
        assert "@file8" in shown(app)
        await press(pilot, "down", "down", "tab")
        assert app.panes.chat.prompt.text == "@file1 "
        assert not app.panes.chat.entry.completions.display


async def test_text_typed_ahead_is_not_taken_for_what_is_offered_so_far() -> None:
    async with opened(ScriptedBackend("smollm2:135m")) as (app, pilot):
        prompt = app.panes.chat.prompt
        await press(pilot, *"/set", "space", *"parameter", "space")
        for character in "num_predict 40":
            prompt.post_message(events.Key("space" if character == " " else character, character))
        prompt.post_message(events.Key("enter", "\r"))
        await settle(pilot)
        assert app.panes.status.said == "Set parameter 'num_predict' to '40'"
