"""`puna --host` and its like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from backend.settings import Settings
from tui.__main__ import puna
from tui.commands.place import Place, chosen
from tui.connections import Connections, parse

if TYPE_CHECKING:
    from pathlib import Path


def test_a_host_is_an_address_or_a_saved_name(tmp_path: Path) -> None:
    settings = Settings(config=tmp_path, key="of-another")
    Connections(tmp_path).put(parse("box", "https://box.example", str(tmp_path / "k")))
    saved, name = chosen(Place("box"), settings)
    assert (saved.address.url, saved.key, name) == ("https://box.example:443", "", "box")
    typed, name = chosen(Place("unix:/run/s", str(tmp_path / "other")), settings)
    assert (typed.address.url, typed.key_file, name) == ("unix:/run/s", tmp_path / "other", "")
    assert chosen(Place(), settings) == (settings, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "127.0.0.1:1", "serve"], "serve listens where OLLAMA_HOST says"),
        (["--plain", "list"], "--plain is for the app alone"),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(puna, arguments, env={"HOME": str(tmp_path)})
    assert done.exit_code == 2
    assert said in done.output


def test_a_command_asks_the_backend_that_is_named(tmp_path: Path) -> None:
    done = CliRunner().invoke(puna, ["--host", f"unix:{tmp_path}/s", "list"], env={"HOME": str(tmp_path)})
    assert done.exit_code == 1
    assert f"no backend answers at {tmp_path}/s" in str(done.exception)
