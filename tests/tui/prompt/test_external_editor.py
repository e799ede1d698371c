from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tui.prompt.external_editor import EditorError, edit

if TYPE_CHECKING:
    from pathlib import Path


def script(folder: Path, body: str) -> str:
    path = folder / "my editor"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o700)
    return f"'{path}' --flag"


def test_what_the_editor_saves_comes_back(tmp_path: Path) -> None:
    assert edit("a\nb", script(tmp_path, 'tr ab xy < "$2" > "$2.new" && mv "$2.new" "$2"'), 100) == "x\ny"


def test_control_characters_and_the_last_line_end_are_dropped(tmp_path: Path) -> None:
    assert edit("", script(tmp_path, "printf 'a\\033[31mb\\r\\nc\\n' > \"$2\""), 100) == "a[31mb\nc"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("exit 3", "ended with status 3; the message is as it was"),
        ('rm "$2"', "cannot be read"),
        ("printf '\\377' > \"$2\"", "cannot be read"),
        ('printf 12345678901 > "$2"', "at most 10 B"),
    ],
)
def test_what_goes_wrong_is_said(tmp_path: Path, body: str, message: str) -> None:
    with pytest.raises(EditorError, match=message):
        edit("x", script(tmp_path, body), 10)


@pytest.mark.parametrize("command", ["", "'unclosed", "/no/such/editor"])
def test_no_editor_says_how_to_name_one(command: str) -> None:
    with pytest.raises(EditorError, match="set EDITOR"):
        edit("x", command, 10)
