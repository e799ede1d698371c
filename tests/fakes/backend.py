"""A real backend whose runners are the fake one: in this process, or as `python -m tests.fakes.backend`."""

from __future__ import annotations

import asyncio
import itertools
import random
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from backend.app import running
from backend.modelfile.create import create
from backend.settings import Settings, load
from backend.store.store import Store
from backend.wire.ollama import CreateRequest
from tests.fakes.gguf_file import LLAMA, write_gguf

if TYPE_CHECKING:
    from collections.abc import Mapping

FAKE_RUNNER = (sys.executable, "-S", str(Path(__file__).with_name("runner.py")))
_CHUNK = 1 << 20
_PORTS = itertools.cycle(random.sample(range(20000, 32000), 12000))  # below the ports of outgoing connections
TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %}"
TALENTED = {"tokenizer.chat_template": "tools <think></think>"}  # of a model that calls tools and thinks


def environment(folder: Path, **extra: str) -> dict[str, str]:
    """Variables that keep a backend and its clients inside `folder`, on a free port."""
    port = _free_port()
    # The socket lies outside: pytest's folders are too deep for the path of a unix socket.
    place = Path(tempfile.mkdtemp(prefix="puna-test-"))
    return {
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "OLLAMA_HOST": f"127.0.0.1:{port}",
        "OLLAMA_MODELS": str(folder / "models"),
        "PUNA_STATE": str(folder / "state"),
        "PUNA_SOCKET": str(place / "api.sock"),
        **extra,
    }


def _free_port() -> int:
    """A port that nobody has and that the system gives to no outgoing connection in the meantime."""
    for port in _PORTS:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free")


def add_model(
    settings: Settings,
    name: str,
    *,
    behaviour: str = "",
    metadata: Mapping[str, object] | None = None,
    more: Mapping[str, str] | None = None,
    **request: object,
) -> None:
    """Put a tiny model into the store. `behaviour` holds words for the fake runner, `more` digests of further files by
    their names, `request` fields of a create.
    """
    store = Store(settings.models)
    settings.models.parent.mkdir(parents=True, exist_ok=True)
    described = {**LLAMA, "tokenizer.chat_template": TEMPLATE, "general.description": f"{name} {behaviour} "}
    path = write_gguf(settings.models.parent / "tiny.gguf", {**described, **(metadata or {})})
    _create(store, name, path, request, more or {})


def add_weights(settings: Settings, name: str, path: Path) -> None:
    """Put a real model into the store."""
    settings.models.parent.mkdir(parents=True, exist_ok=True)
    _create(Store(settings.models), name, path, {}, {})


def _create(store: Store, name: str, path: Path, request: Mapping[str, object], more: Mapping[str, str]) -> None:
    with store.blobs.writer() as writer, path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            writer.write(chunk)
        digest = writer.commit()
    wanted = CreateRequest(model=name, files={path.name: str(digest), **more}, **request)  # type: ignore[arg-type] # fields
    for _ in create(store, wanted):
        pass


async def serve(settings: Settings, ready: asyncio.Event, stop: asyncio.Event) -> None:
    """The backend's life in one task."""
    async with running(settings, FAKE_RUNNER, drain_s=0):
        ready.set()
        await stop.wait()


async def _main() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with running(load(), FAKE_RUNNER, drain_s=0):
        sys.stderr.write("Listening\n")  # the real one logs it
        sys.stderr.flush()
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(_main())
