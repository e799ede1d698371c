"""Debian's `docker-registry` on loopback, with its blobs in a temporary folder."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_START_S = 20.0
_LOG = "registry.log"
_CONFIG = """
version: 0.1
log:
  level: error
storage:
  filesystem:
    rootdirectory: {folder}
http:
  addr: 127.0.0.1:{port}
"""


@contextmanager
def docker_registry(folder: Path) -> Iterator[str]:
    """The address of the registry, for as long as the block lasts. Skips the test where it is not installed."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("docker-registry is not installed: apt-get install docker-registry")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = folder / "registry.yml"
    config.write_text(_CONFIG.format(folder=folder / "registry", port=port))
    with (folder / _LOG).open("wb") as log:
        process = subprocess.Popen([program, "serve", str(config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        _await(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def blob_bytes_served(folder: Path) -> int:
    """Bytes of blobs that the registry of this folder has sent, to be asked when it has ended."""
    answers = re.findall(r'"GET /v2/\S+/blobs/\S+ HTTP/1\.1" 20[06] (\d+)', (folder / _LOG).read_text("utf-8"))
    return sum(map(int, answers))


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    """Return when it listens; another process gets ready, so this has to ask."""
    deadline = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)  # a probe with a deadline, no wait for luck
    raise RuntimeError("docker-registry did not start")
