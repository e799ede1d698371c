"""`puna keys`: made, listed and revoked, here and on another backend."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from backend.keys import Keyring, Scope
from backend.settings import load
from tests.fakes.backend import environment
from tests.tui.commands.program import puna as program
from tui.__main__ import puna

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from backend.settings import Settings

    Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command of a user whose home is the test's folder; no backend is needed."""
    monkeypatch.chdir(tmp_path)
    environ = environment(tmp_path)

    def run(*arguments: str) -> Result:
        return CliRunner(env=environ).invoke(puna, ["keys", *arguments])

    return run


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "state")


def test_a_key_is_shown_once_alone_on_standard_output(run: Run, keyring: Keyring) -> None:
    made = run("create", "laptop")
    assert (made.exit_code, made.stdout.count("\n")) == (0, 1)
    key = keyring.find(made.stdout.strip())
    assert key is not None
    assert (key.name, key.scopes) == ("laptop", (Scope.READ, Scope.INFER))
    assert "shown this once" in made.stderr
    assert "--key-file" in made.stderr
    listed = run("list")
    assert listed.stdout.splitlines()[0] == "NAME      SCOPES         CREATED"
    assert listed.stdout.splitlines()[1].startswith("laptop    read, infer    ")
    assert made.stdout.strip() not in listed.output + run("list", "--json").output


def test_scopes_are_chosen(run: Run, keyring: Keyring) -> None:
    run("create", "boss", "--scope", "admin", "--scope", "read")
    assert [key.scopes for key in keyring.list()] == [(Scope.READ, Scope.ADMIN)]
    assert "'root' is not one of 'read', 'infer', 'admin'" in str(run("create", "x", "--scope", "root").output)


def test_json_has_all_there_is_to_tell(run: Run, keyring: Keyring) -> None:
    made = json.loads(run("create", "ci", "--scope", "infer", "--json").stdout)
    assert keyring.find(made.pop("key")) is not None
    assert json.loads(run("list", "--json").stdout) == [made]
    assert made == {"name": "ci", "scopes": ["infer"], "created": made["created"]}


def test_a_key_can_go_into_a_private_file_unseen(run: Run, keyring: Keyring, tmp_path: Path) -> None:
    made = run("create", "laptop", "--output", "laptop.key")
    file = tmp_path / "laptop.key"
    assert made.output == "the key 'laptop' is in laptop.key\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert keyring.find(file.read_text().strip()) is not None
    again = run("create", "other", "--output", "laptop.key")
    assert again.exit_code == 1
    assert [key.name for key in keyring.list()] == ["laptop"]
    assert run("create", "laptop", "--output", "new.key").exit_code == 1
    assert not (tmp_path / "new.key").exists()


def test_a_key_is_revoked_by_its_name(run: Run, keyring: Keyring) -> None:
    run("create", "laptop")
    assert run("revoke", "laptop").stdout == "revoked 'laptop'\n"
    assert keyring.list() == ()
    assert str(run("revoke", "laptop").exception) == "there is no key 'laptop'"
    empty = run("list")
    assert "puna keys create NAME" in empty.stderr


def test_the_keys_of_another_backend_are_reached_by_its_address(
    backend_process: Settings, backend_environment: dict[str, str], tmp_path: Path
) -> None:
    """By its unix socket, as `ssh -L` forwards it; the user's own backend is another one."""
    mine = environment(tmp_path / "mine")
    host = ("--host", f"unix:{backend_process.socket}")
    made = program(*host, "keys", "create", "remote", "--output", str(tmp_path / "k"), environment=mine)
    assert (made.returncode, made.stderr) == (0, "")
    assert [key.name for key in Keyring(backend_process.state).list()] == ["remote"]
    assert Keyring(load(mine).state).list() == ()
    listed = program(*host, "keys", "list", environment=mine)
    assert "remote" in listed.stdout
    over_tcp = ("--host", f"{backend_process.address.host}:{backend_process.address.port}")
    refused = program(*over_tcp, "keys", "list", environment=mine)
    assert refused.returncode == 1
    assert "wants a key" in refused.stderr
    weak = program(*over_tcp, "--key-file", str(tmp_path / "k"), "keys", "list", environment=mine)
    assert "has not the scope admin" in weak.stderr
    assert program(*host, "keys", "revoke", "remote", environment=mine).stdout == "revoked 'remote'\n"
    assert Keyring(backend_process.state).list() == ()
