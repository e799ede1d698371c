"""A daemon in a process of its own, as people run it, and what it started."""

from __future__ import annotations

import hashlib
import logging
import os
import queue
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import psutil

from backend.settings import Settings, load
from backend.wire.ollama import CreateRequest
from tests.fakes.backend import environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from backend.client import Client

ROOT = Path(__file__).parent.parent.parent
REAL = "backend"
FAKE_RUNNERS = "tests.fakes.backend"
_log = logging.getLogger(__name__)
_START_S = 30.0
_END_S = 20.0


@dataclass(frozen=True, slots=True)
class Daemon:
    """`settings` lead its clients to it, as `variables` do in their environment."""

    settings: Settings
    variables: Mapping[str, str]
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return self.settings.address.url

    def runners(self) -> list[psutil.Process]:
        """Its children that hold models."""
        children = psutil.Process(self.process.pid).children()
        return [child for child in children if "runner" in " ".join(child.cmdline())]


@contextmanager
def daemon(folder: Path, module: str = REAL, **variables: str) -> Iterator[Daemon]:
    """`python -m module` from its first answer on; at the end it is told to stop, if it still runs."""
    settings_of_daemon = environment(folder, **variables)
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        env={**os.environ, **settings_of_daemon},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    listening: queue.SimpleQueue[str] = queue.SimpleQueue()
    log = threading.Thread(target=_read_log, args=(process.stderr, listening))
    log.start()
    try:
        said = listening.get(timeout=_START_S)
        assert "Listening" in said, said
        yield Daemon(load(settings_of_daemon), settings_of_daemon, process)
    finally:
        process.terminate()
        try:
            process.wait(timeout=_END_S)
        finally:
            process.kill()
            log.join()
            process.stderr.close()


def _read_log(stream: IO[bytes], listening: queue.SimpleQueue[str]) -> None:
    """Tell when the daemon listens, or what it said until its end; pass the rest on to pytest."""
    before = b""
    for line in stream:
        _log.info("%s", line.decode("utf-8", "replace").rstrip())
        before += line
        if b"Listening" in line:
            listening.put(line.decode())
    listening.put(before.decode("utf-8", "replace"))


async def upload(client: Client, path: Path) -> str:
    """Send a file unless it is there. Its digest."""
    with path.open("rb") as file:
        digest = "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
    if not await client.has_blob(digest):
        await client.upload_blob(digest, path)
    return digest


async def add_model(client: Client, name: str, gguf: Path) -> str:
    """Upload a GGUF and make a model of it, as other programs do. The digest of the file."""
    digest = await upload(client, gguf)
    async for _ in client.create(CreateRequest(model=name, files={gguf.name: digest})):
        pass
    return digest
