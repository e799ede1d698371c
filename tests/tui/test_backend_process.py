"""Starting the daemon. A stand-in `backend` package, found first on the child's path, plays daemons that misbehave."""

from __future__ import annotations

import asyncio
import socket
import stat
from typing import TYPE_CHECKING

import pytest

from backend.address import Address
from backend.errors import BackendError, ConnectFailed
from backend.settings import Settings
from tui import backend_process
from tui.backend_process import connected, ensure_backend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_ANSWERS = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"version":"9.9.9"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
class Server(http.server.HTTPServer):
    allow_reuse_address = False
host, port = os.environ["OLLAMA_HOST"].removeprefix("http://").split(":")
print("in", os.getcwd(), "session", os.getsid(0) == os.getpid(), flush=True)
Server((host, int(port)), Handler).serve_forever()
"""
_FAILS = """
import sys
print("old news", file=sys.stderr)
sys.exit("the store is \\x1b[31mbroken\\x1b[0m")
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return Settings(
        address=Address(port=port),
        socket=tmp_path / "api.sock",
        models=tmp_path / "models",
        state=tmp_path / "new" / "state",
    )


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], object]]:
    """Says what `python -m backend` does; ends what was started."""
    package = tmp_path / "stand-in" / "backend"
    package.mkdir(parents=True)
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    (package / "__init__.py").touch()
    yield lambda program: (package / "__main__.py").write_text(program)
    while backend_process.children:
        child = backend_process.children.pop()
        child.kill()
        child.wait()


async def test_a_daemon_is_started_detached_with_a_private_log(
    settings: Settings, daemon: Callable[[str], object]
) -> None:
    daemon(_ANSWERS)
    assert await ensure_backend(settings) == "9.9.9"
    assert "in / session True" in settings.log_file.read_text()
    assert stat.S_IMODE(settings.log_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.state.stat().st_mode) == 0o700


async def test_a_daemon_that_answers_is_not_started_again(settings: Settings, daemon: Callable[[str], object]) -> None:
    daemon(_ANSWERS)
    await ensure_backend(settings)
    async with connected(settings) as client:
        assert await client.version() == "9.9.9"
    assert len(backend_process.children) == 1


async def test_two_commands_at_once_share_the_daemon_of_one(
    settings: Settings, daemon: Callable[[str], object]
) -> None:
    daemon(_ANSWERS)
    first, second = await asyncio.gather(ensure_backend(settings), ensure_backend(settings))
    assert first == second == "9.9.9"


async def test_a_daemon_that_ends_early_is_an_error_with_its_last_words(
    settings: Settings, daemon: Callable[[str], object]
) -> None:
    settings.state.mkdir(parents=True)
    settings.log_file.write_text("of an earlier daemon\n")
    daemon(_FAILS)
    with pytest.raises(BackendError) as caught:
        await ensure_backend(settings)
    assert caught.value.message.endswith("says:\nold news\nthe store is [31mbroken[0m")
    assert "status 1" in caught.value.message


async def test_a_stale_socket_does_not_hinder(settings: Settings, daemon: Callable[[str], object]) -> None:
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(settings.socket))
    stale.close()
    daemon(f"import os\nos.unlink({str(settings.socket)!r})\n{_ANSWERS}")
    assert await ensure_backend(settings) == "9.9.9"


async def test_a_log_that_cannot_be_written_is_an_error(settings: Settings) -> None:
    settings.state.parent.write_text("a file where a folder should be")
    with pytest.raises(BackendError, match="no log at"):
        await ensure_backend(settings)


async def test_nothing_is_started_for_a_remote_address(settings: Settings, tmp_path: Path) -> None:
    remote = Settings(
        address=Address(host="0.0.0.0", port=settings.address.port),  # noqa: S104 # a host that refuses at once
        socket=settings.socket,
        models=settings.models,
        state=settings.state,
    )
    with pytest.raises(ConnectFailed):
        await ensure_backend(remote)
    assert not backend_process.children
    assert not settings.state.exists()


async def test_an_address_that_takes_connections_and_is_silent_is_an_error(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend_process, "ANSWER_DEADLINE_S", 0.2)
    with socket.create_server(("127.0.0.1", settings.address.port)), pytest.raises(ConnectFailed, match="not answer"):
        await ensure_backend(settings)
    assert not backend_process.children
