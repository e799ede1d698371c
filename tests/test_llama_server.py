"""Whether the binary that the user names can be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.errors import SettingsError
from backend.llama_server import LlamaServer, abilities, examine
from tests.fakes.llama_server import HELP, VERSION, write_binary


def test_its_version_is_in_its_own_words(tmp_path: Path) -> None:
    path = write_binary(tmp_path)
    assert examine(path) == LlamaServer(path, VERSION)


def test_its_help_tells_what_it_can_do(tmp_path: Path) -> None:
    able = abilities(write_binary(tmp_path))
    assert {"--model", "-m", "--load-mode", "--no-context-shift"} <= able.flags
    assert "--no-slots" not in able.flags
    assert able.tells_sizes


def test_a_missing_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"PUNA_LLAMA_SERVER names .*/nowhere, which cannot be run: No such file"):
        examine(tmp_path / "nowhere")


def test_one_that_may_not_be_executed_is_named(tmp_path: Path) -> None:
    path = write_binary(tmp_path)
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="cannot be run: Permission denied; give the path of an executable"):
        examine(path)


def test_another_program_is_named() -> None:
    with pytest.raises(SettingsError, match="/bin/true, which is no llama-server"):
        examine(Path("/bin/true"))


@pytest.mark.parametrize(
    ("there", "gone", "lacks"),
    [
        (".sock", "", "listen on a unix socket"),
        ("--flash-attn [on|off|auto]", "--flash-attn", "leave flash attention to itself"),
        (", --no-webui ", ", --no-webui-mcp ", "leave out its web page"),
    ],
)
def test_one_that_is_too_old_is_told_what_it_lacks(tmp_path: Path, there: str, gone: str, lacks: str) -> None:
    assert there in HELP
    path = write_binary(tmp_path, help_text=HELP.replace(there, gone))
    with pytest.raises(SettingsError, match=rf"too old \(version 0\.9\.9 .*: it cannot {lacks}.*unset PUNA_"):
        examine(path)
