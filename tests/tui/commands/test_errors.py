"""Errors of the command line, without a backend."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from backend import __version__
from tests.tui.commands import program

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path


def puna(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `puna` where no backend answers and none is started: the address is of another machine."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("OLLAMA_", "PUNA_"))}
    env |= {"HOME": str(folder), "PUNA_STATE": str(folder), "OLLAMA_HOST": "0.0.0.0:1"} | environment
    return program.puna(*arguments, environment=env, folder=folder)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["frobnicate"], "No such command 'frobnicate'."),
        (["show"], "Missing argument 'MODEL'."),
        (["run", "m", "hello", "--think=perhaps"], 'invalid value for --think: "perhaps"'),
        (["run", "m", "hello", "--format", "{"], "--format takes json or a JSON schema"),
        (["create", "m", "--experimental"], "--experimental is not supported"),
        (["create", "a:b:c"], "invalid model name: a:b:c"),
        (["create", "m", "-f", "nowhere"], "specified Modelfile wasn't found"),
        (["create", "m"], "no Modelfile or safetensors files found in"),
        (["show", "m", "--system", "--license"], "only one of '--license'"),
        (["list"], "no backend answers at http://0.0.0.0:1"),
        ([], "the app needs a terminal"),
    ],
)
def test_an_error_is_one_line_on_stderr_and_status_1(tmp_path: Path, arguments: list[str], message: str) -> None:
    done = puna(*arguments, folder=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert f"Error: {message}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_setting_that_cannot_be_understood_is_named(tmp_path: Path) -> None:
    done = puna("list", folder=tmp_path, PUNA_THEMA="dark")
    assert (done.returncode, done.stderr) == (1, "Error: unknown setting PUNA_THEMA; did you mean PUNA_THEME?\n")


def test_a_bad_modelfile_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "Modelfile").write_text("FROM smollm2\nPARAMETR x 1\n")
    done = puna("create", "m", folder=tmp_path)
    assert (done.returncode, done.stderr[:26]) == (1, "Error: (line 2): command m")


def test_deprecated_parameters_are_told(tmp_path: Path) -> None:
    (tmp_path / "Modelfile").write_text("FROM smollm2\nPARAMETER mirostat 1\n")
    assert puna("create", "m", folder=tmp_path).stderr.startswith("warning: parameter mirostat is deprecated\n")


def test_the_version_and_the_help_need_no_settings(tmp_path: Path) -> None:
    assert puna("--version", folder=tmp_path, PUNA_THEMA="dark").stdout.splitlines() == [
        "Warning: could not connect to a running Puna backend",
        f"Warning: client version is {__version__}",
    ]
    assert "Answer PROMPT with MODEL" in puna("run", "--help", folder=tmp_path, PUNA_THEMA="dark").stdout


def test_an_argument_that_is_no_text_is_refused(tmp_path: Path) -> None:
    done = puna("show", os.fsdecode(b"\xff\xfe"), folder=tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_every_command_and_alias_has_a_module(tmp_path: Path) -> None:
    from tui.__main__ import ALIASES, COMMANDS

    for name in [*COMMANDS, *ALIASES]:
        done = puna(name, "--help", folder=tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), name
        assert done.stdout.startswith("Usage: puna "), name


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("FROM m.gguf\nDRAFT ./m.gguf\n", "FROM and DRAFT must differ"),
        ("FROM smollm2\nDRAFT smollm2\n", "no such file: smollm2"),
        ("FROM smollm2\nADAPTER nowhere.gguf\n", "no such file: nowhere.gguf"),
    ],
)
def test_what_a_modelfile_names_must_be_there(tmp_path: Path, lines: str, message: str) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    (tmp_path / "Modelfile").write_text(lines)
    assert puna("create", "m", folder=tmp_path).stderr.splitlines()[-1] == f"Error: {message}"
