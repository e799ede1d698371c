from __future__ import annotations

import json
from typing import TYPE_CHECKING

from click.testing import CliRunner

from tui.__main__ import puna

if TYPE_CHECKING:
    from pathlib import Path


def run(tmp_path: Path, *arguments: str, **environ: str) -> tuple[int, str]:
    places = {"HOME": str(tmp_path), "PUNA_STATE": str(tmp_path), "OLLAMA_HOST": "127.0.0.1:1", "PUNA_CONFIG": None}
    done = CliRunner().invoke(puna, ["doctor", *arguments], env=places | environ)
    return done.exit_code, done.output


def test_every_group_is_reported(tmp_path: Path) -> None:
    _, text = run(tmp_path)
    assert [line for line in text.splitlines() if not line.startswith(" ")] == [
        *("Terminal", "Machine", "Engine", "Backend", "Files")
    ]


def test_json_says_the_same_and_wrong_settings_are_a_problem(tmp_path: Path) -> None:
    status, text = run(tmp_path, "--json", PUNA_THEEM="x")
    assert status == 1
    wrong = [finding for finding in json.loads(text) if finding["name"] == "settings"]
    assert wrong[0]["level"] == "problem"
    assert "did you mean PUNA_THEME?" in wrong[0]["text"]
