"""One run of `pip download`: how wheels reach this machine, through the mirrors and proxies it is configured for."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.errors import PullFailed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

_READ = 1 << 16  # bytes
_LONGEST_LINE = 4096  # bytes; what is longer is no line of pip's that matters here
_KILL_S = 10.0
_BROKEN = "connection broken by"  # in pip's warning before each retry
_PROGRESS = re.compile(r"Progress (\d{1,18}) of (\d{1,18})")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"),]+")
_PATH = re.compile(r"(?<![\w.~])[.~]{0,2}/[^\s'\"),]+")


@dataclass(frozen=True, slots=True)
class Received:
    """Bytes of a file that arrived; `total` is 0 if the index does not tell."""

    completed: int
    total: int


async def download(requirement: str, folder: Path, *, silence_s: float) -> AsyncGenerator[Received, None]:
    """Downloads the one wheel of `requirement` to the new folder `wheels` in `folder`, which is empty before.

    pip's temporary files go to `folder` as well. Leaving the iterator early (`contextlib.aclosing`) kills pip.
    Raises `PullFailed` with pip's reason, and if pip neither says nor writes anything for `silence_s` seconds.
    """
    log = _Log()
    process = await _start(requirement, folder)
    try:
        async with aclosing(_lines(process, folder, silence_s)) as lines:
            async for line in lines:
                if match := _PROGRESS.fullmatch(line):
                    yield Received(int(match[1]), int(match[2]))
                else:
                    log.add(line)
        async with asyncio.timeout(_KILL_S):  # it closed its output; nothing is left for it to do
            code = await process.wait()
        if code:
            raise PullFailed(log.reason, transient=log.offline)
    except TimeoutError:
        raise PullFailed("pip did not end") from None
    finally:
        await asyncio.shield(_kill(process))


async def _start(requirement: str, folder: Path) -> asyncio.subprocess.Process:
    """pip works in an empty folder: nothing that it finds there could be taken for a package or a module."""
    empty, temporary = folder / "empty", folder / "temporary"
    empty.mkdir()
    temporary.mkdir()
    options = ["--no-deps", "--only-binary=:all:", "--no-input", "--disable-pip-version-check", "--no-cache-dir"]
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "pip", "download", *options, "--progress-bar", "raw"),
        *("-d", str(folder / "wheels"), "--", requirement),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=empty,
        # No setting is read here: pip has its own variables, and only the place of its temporary files is ours.
        env={**os.environ, "TMPDIR": str(temporary)},
        start_new_session=True,
    )


async def _lines(process: asyncio.subprocess.Process, folder: Path, silence_s: float) -> AsyncGenerator[str, None]:
    if process.stdout is None:  # it was asked for above
        return
    rest = b""
    while True:
        before = await asyncio.to_thread(_size, folder)
        try:
            async with asyncio.timeout(silence_s):
                chunk = await process.stdout.read(_READ)
        except TimeoutError:
            if await asyncio.to_thread(_size, folder) == before:
                text = f"pip neither said nor received anything for {silence_s:g} seconds"
                raise PullFailed(f"{text}; check the network and try again", transient=True) from None
            continue
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line[:_LONGEST_LINE].decode("utf-8", errors="replace").rstrip("\r")
        rest = rest[:_LONGEST_LINE]
        if not chunk:
            return


def _size(folder: Path) -> int:
    """Bytes of all files in the folder and below."""
    total = 0
    for parent, _, files in os.walk(folder):
        for file in files:
            with suppress(FileNotFoundError):  # pip moved it meanwhile
                total += os.stat(os.path.join(parent, file), follow_symlinks=False).st_size
    return total


async def _kill(process: asyncio.subprocess.Process) -> None:
    """Ends pip and whatever it started. It has nothing to save, so it is not asked first."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    with suppress(TimeoutError):
        async with asyncio.timeout(_KILL_S):
            await process.communicate()


@dataclass(slots=True)
class _Log:
    """What of pip's output explains a failure."""

    last: str = ""
    error: str = ""
    offline: bool = False

    def add(self, line: str) -> None:
        if not line.strip():
            return
        self.last = line
        if line.startswith("ERROR:") and not line.startswith("ERROR: Exception:"):
            self.error = line.removeprefix("ERROR:")
        self.offline = self.offline or _BROKEN in line

    @property
    def reason(self) -> str:
        text = _clean(self.error or self.last) or "pip failed and did not say why"
        return f"{text} (the package index cannot be reached from this machine)" if self.offline else text


def _clean(line: str) -> str:
    """A foreign line without what could steer a terminal, and without the addresses and paths of this machine."""
    text = "".join(character for character in line if character.isprintable())
    return " ".join(_PATH.sub("…", _URL.sub("…", text)).split())
