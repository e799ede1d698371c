"""The start and the end of a backend: its two doors, and what keeps it from starting."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from backend.app import running
from backend.client import Client
from backend.errors import BackendError, ConnectFailed, SettingsError
from backend.settings import Settings, load
from tests.fakes.backend import FAKE_RUNNER, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
DAEMON = (sys.executable, "-m", "backend")


@pytest.fixture
def occupied(settings: Settings) -> Iterator[socket.socket]:
    """Another program that listens on the backend's port."""
    with socket.create_server((settings.address.host, settings.address.port)) as other:
        yield other


def start(environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A start that fails."""
    return subprocess.run(
        DAEMON, env={**os.environ, **environ}, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )


def variables(settings: Settings, **more: str) -> dict[str, str]:
    return {
        "OLLAMA_HOST": settings.address.url,
        "OLLAMA_MODELS": str(settings.models),
        "PUNA_STATE": str(settings.state),
        "PUNA_SOCKET": str(settings.socket),
        **more,
    }


def assert_untouched(settings: Settings) -> None:
    assert not settings.models.exists()
    assert not settings.socket.exists()


@pytest.mark.usefixtures("occupied")
def test_a_port_in_use_is_a_clear_error_before_the_store_is_touched(settings: Settings) -> None:
    done = start(variables(settings))
    assert (done.returncode, done.stdout) == (1, "")
    address = f"{settings.address.host}:{settings.address.port}"
    assert done.stderr == f"Error: the address {address} is in use; stop what listens there, or set OLLAMA_HOST\n"
    assert_untouched(settings)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.com"])  # noqa: S104 # to be refused
async def test_an_address_open_to_the_world_is_refused(tmp_path: Path, host: str) -> None:
    settings = load(environment(tmp_path, OLLAMA_HOST=host))
    with pytest.raises(SettingsError, match=f"refusing to listen on {host}"):
        async with running(settings, FAKE_RUNNER):
            raise AssertionError("it listens")
    assert_untouched(settings)


def test_a_setting_that_cannot_be_read_is_a_clear_error(settings: Settings) -> None:
    for more, text in (
        ({"OLLAMA_HOST": "0.0.0.0"}, "Error: refusing to listen on 0.0.0.0"),  # noqa: S104 # to be refused
        ({"PUNA_STAT": "x"}, "Error: unknown setting PUNA_STAT; did you mean PUNA_STATE?\n"),
    ):
        done = start(variables(settings, **more))
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(text)
        assert done.stderr.count("\n") == 1
        assert_untouched(settings)


async def test_a_second_backend_on_the_same_socket_is_refused(backend: Settings, tmp_path: Path) -> None:
    other = load(environment(tmp_path, PUNA_SOCKET=str(backend.socket)))
    with pytest.raises(BackendError, match="another backend answers on"):
        async with running(other, FAKE_RUNNER):
            raise AssertionError("it listens")
    async with Client(backend) as client:
        assert client.place == str(backend.socket)
        await client.version()


async def test_a_file_in_place_of_the_socket_is_not_removed(settings: Settings) -> None:
    settings.socket.write_text("precious")
    with pytest.raises(BackendError, match="exists and is no socket"):
        async with running(settings, FAKE_RUNNER):
            raise AssertionError("it listens")
    assert settings.socket.read_text() == "precious"
    assert not settings.models.exists()


async def test_a_socket_that_a_killed_backend_left_is_replaced(settings: Settings) -> None:
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(settings.socket))
    async with running(settings, FAKE_RUNNER), Client(settings) as client:
        assert client.place == str(settings.socket)
        await client.version()
        assert stat.S_IMODE(settings.socket.stat().st_mode) == 0o600
    assert not settings.socket.exists()


async def test_both_doors_lead_to_the_same_backend(backend: Settings) -> None:
    versions = []
    async with Client(backend) as near:
        assert near.place == str(backend.socket)
        versions.append(await near.version())
    hidden = backend.socket.rename(backend.socket.with_suffix(".away"))
    async with Client(backend) as far:
        assert far.place == backend.address.url
        versions.append(await far.version())
    hidden.rename(backend.socket)
    assert versions[0] == versions[1]


async def test_the_port_is_free_again_when_the_backend_has_ended(settings: Settings) -> None:
    for _ in range(2):
        async with running(settings, FAKE_RUNNER), Client(settings) as client:
            await client.version()
    with pytest.raises(ConnectFailed):
        async with Client(settings) as client:
            await client.version()


def test_a_backend_ends_by_a_signal_with_status_0(settings: Settings) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        process = subprocess.Popen(
            DAEMON, env={**os.environ, **variables(settings)}, cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        with process, process.stderr as log:
            assert any("Listening on" in line for line in log)
            process.send_signal(number)
            assert "Traceback" not in log.read()
        assert process.returncode == 0
        assert not settings.socket.exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "every user of this machine reaches it; PUNA_REQUIRE_KEY=1"),
        ({"PUNA_REQUIRE_KEY": "1"}, "there is no key yet, so only the socket is of use; `puna keys create NAME`"),
        ({"PUNA_SOCKET_ONLY": "1"}, "api.sock alone (version"),
    ],
)
def test_a_backend_says_who_reaches_it(settings: Settings, more: dict[str, str], said: str) -> None:
    process = subprocess.Popen(
        DAEMON, env={**os.environ, **variables(settings, **more)}, cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    with process, process.stderr as log:
        assert any(said in line for line in log)
        process.terminate()
        log.read()
    assert process.returncode == 0
