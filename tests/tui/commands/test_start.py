"""Commands start the real daemon if none answers, and leave it running."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil
import pytest

from backend.settings import load
from tests.tui.commands.program import DEADLINE_S, PUNA, puna

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def daemons(environment: dict[str, str]) -> list[psutil.Process]:
    """Backend processes of this test: those with its state folder."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if (process.info["cmdline"] or [])[-2:] != ["-m", "backend"]:
            continue
        try:
            if process.environ().get("PUNA_STATE") == environment["PUNA_STATE"]:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def listening(environment: dict[str, str]) -> psutil.Process:
    """The process that has the port."""
    port = load(environment).address.port
    (pid,) = {
        connection.pid
        for connection in psutil.net_connections("tcp4")
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
    }
    return psutil.Process(pid)


def wait_end(process: psutil.Process) -> None:
    """Wait for the end of a process that is no child of this one, whether or not its parent has noticed."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return
    assert select.select([descriptor], [], [], DEADLINE_S)[0]
    os.close(descriptor)


@pytest.fixture
def environment(backend_environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """Where no backend runs yet. Those that tests start are ended."""
    yield backend_environment
    for process in daemons(backend_environment):
        with suppress(psutil.NoSuchProcess):
            process.terminate()
        wait_end(process)


def test_commands_started_together_share_one_daemon_that_outlives_them(
    environment: dict[str, str], tmp_path: Path
) -> None:
    commands = [
        subprocess.Popen([*PUNA, "list"], env=environment, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=-1, stderr=-1)
        for _ in range(3)
    ]
    for command in commands:
        out, errors = command.communicate(timeout=DEADLINE_S)
        assert (command.returncode, out.split(), errors) == (0, [b"NAME", b"ID", b"SIZE", b"MODIFIED"], b"")
    daemon = listening(environment)
    assert os.getsid(daemon.pid) == daemon.pid
    assert daemon.cwd() == "/"
    for loser in daemons(environment):
        if loser != daemon:
            wait_end(loser)
    assert puna("list", environment=environment).returncode == 0
    assert daemons(environment) == [daemon]


def test_relative_places_mean_the_same_to_the_daemon(environment: dict[str, str], tmp_path: Path) -> None:
    environment["OLLAMA_MODELS"] = "here/models"
    assert puna("list", environment=environment, folder=tmp_path).returncode == 0
    (daemon,) = daemons(environment)
    assert daemon.environ()["OLLAMA_MODELS"] == str(tmp_path / "here" / "models")


def test_serve_runs_in_the_foreground_until_ctrl_c(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "backend").mkdir()
    (tmp_path / "backend" / "__init__.py").write_text("raise RuntimeError('code of the folder one happens to be in')")
    command = [sys.executable, "-P", "-m", "tui", "serve"]
    with subprocess.Popen(command, env=environment, cwd=tmp_path, stdin=subprocess.DEVNULL, stderr=-1) as process:
        assert process.stderr is not None
        assert load(environment).address.url.encode() in process.stderr.readline()
        assert puna("list", environment=environment).returncode == 0
        assert [daemon.pid for daemon in daemons(environment)] == [process.pid]
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE_S) == 0


def test_a_second_serve_says_that_the_address_is_taken(environment: dict[str, str]) -> None:
    assert puna("list", environment=environment).returncode == 0
    second = puna("serve", environment=environment)
    assert second.returncode == 1
    assert "is in use" in second.stderr


def test_the_first_serve_makes_the_key_and_tells_it(environment: dict[str, str], tmp_path: Path) -> None:
    command = [*PUNA, "serve"]
    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=-1, stderr=-1) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while b"Listening on" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        said = process.stdout.read().decode()
        assert process.wait(DEADLINE_S) == 0
    key = tmp_path / ".ollama" / "id_ed25519"
    public = key.with_suffix(".pub").read_text()
    assert said == f"Couldn't find '{key}'. Generating new private key.\nYour new public key is: \n\n{public}\n"
    assert os.stat(key).st_mode & 0o777 == 0o600
