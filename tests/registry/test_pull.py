"""Pulls from a registry: their statuses, their errors, and what they leave behind (section E.2)."""

from __future__ import annotations

import asyncio
import os
import random
from contextlib import aclosing
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from backend.errors import BackendError, DigestMismatch, PullFailed, StoreError
from backend.registry.pull import pull
from backend.store import Digest, ModelName, Store
from backend.store.manifest import CONFIG, MODEL
from tests.fakes.registry import CONFIGURATION, FakeRegistry, registry

if TYPE_CHECKING:
    from backend.registry.transfers import Transfers
    from backend.wire.ollama import Progress

pytestmark = pytest.mark.section("E.2")

WEIGHTS = random.Random(1).randbytes(3 << 20)  # noqa: S311 # no secret


def name_at(fake: FakeRegistry, rest: str = "a/b") -> ModelName:
    return ModelName.parse(f"{fake.url}/{rest}")


async def run(store: Store, transfers: Transfers, name: ModelName) -> list[Progress]:
    return [progress async for progress in pull(store, transfers, name, insecure=True)]


def files(store: Store) -> set[str]:
    return {path.name for path in store.root.rglob("*") if path.is_file()}


async def test_a_model_arrives_byte_for_byte(store: Store, transfers: Transfers, fake: FakeRegistry) -> None:
    manifest = fake.add("a/b", WEIGHTS, b"small", tag="t")
    fake.pause = 0.01
    name = name_at(fake, "a/b:t")
    progress = await run(store, transfers, name)
    weights = Digest.of(WEIGHTS)
    pulling = [item for item in progress if item.digest == str(weights)]
    assert [item.status for item in progress if not item.digest] == [
        *("pulling manifest", "verifying sha256 digest", "writing manifest", "success")
    ]
    assert {item.status for item in pulling} == {f"pulling {weights.short}"}
    assert {item.total for item in pulling} == {len(WEIGHTS)}
    counts = [item.completed for item in pulling]
    assert counts == sorted(counts)
    assert counts[-1] == len(WEIGHTS)
    assert store.manifest_bytes(name) == manifest
    assert files(store) == {"t", weights.filename, Digest.of(b"small").filename, Digest.of(CONFIGURATION).filename}
    assert store.blobs.path(weights).read_bytes() == WEIGHTS


async def test_what_is_there_is_told_once_and_not_fetched(
    store: Store, transfers: Transfers, fake: FakeRegistry
) -> None:
    fake.add("a/b", WEIGHTS, WEIGHTS)
    await run(store, transfers, name_at(fake))
    before = len(fake.asked)
    progress = await run(store, transfers, name_at(fake))
    assert len(fake.asked) == before + 1  # the manifest
    told = [(item.total, item.completed) for item in progress if item.digest]
    assert told == [(len(WEIGHTS), len(WEIGHTS)), (len(CONFIGURATION), len(CONFIGURATION))]


async def test_a_new_version_removes_what_only_the_old_one_needed(
    store: Store, transfers: Transfers, fake: FakeRegistry
) -> None:
    fake.add("a/b", b"old", b"kept")
    await run(store, transfers, name_at(fake))
    fake.add("a/b", b"new", b"kept")
    progress = await run(store, transfers, name_at(fake))
    assert [item.status for item in progress][-3:] == ["writing manifest", "removing unused layers", "success"]
    assert store.blobs.size(Digest.of(b"old")) is None
    assert store.blobs.size(Digest.of(b"kept")) == 4


async def test_an_empty_blob_is_a_blob(store: Store, transfers: Transfers, fake: FakeRegistry) -> None:
    fake.add("a/b", b"")
    await run(store, transfers, name_at(fake))
    assert store.blobs.size(Digest.of(b"")) == 0


@pytest.mark.section("E.1")
async def test_an_unknown_model_is_an_error_in_ollamas_words(
    store: Store, transfers: Transfers, fake: FakeRegistry
) -> None:
    with pytest.raises(PullFailed, match=r"^pull model manifest: file does not exist$"):
        await run(store, transfers, name_at(fake))
    assert files(store) == set()


@pytest.mark.section("E.1")
async def test_plain_http_needs_leave(store: Store, transfers: Transfers) -> None:
    with pytest.raises(PullFailed, match=r"^pull model manifest: insecure protocol http$"):
        async for _ in pull(store, transfers, ModelName.parse("http://registry.example/a/b")):
            pass


async def test_plain_http_on_loopback_needs_none(store: Store, transfers: Transfers, fake: FakeRegistry) -> None:
    fake.add("a/b", b"x")
    *_, last = [progress async for progress in pull(store, transfers, name_at(fake))]
    assert last.status == "success"


def layer(digest: str, size: object, kind: str = MODEL) -> str:
    return f'{{"mediaType":"{kind}","digest":"{digest}","size":{size}}}'


GOOD = layer(str(Digest.of(CONFIGURATION)), len(CONFIGURATION), CONFIG)
SOME = str(Digest.of(b"some"))


MANY_LAYERS = ",".join(layer(f"sha256:{n:064x}", 1) for n in range(2000))


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ("{", "the manifest cannot be read"),
        (f'{{"config":{GOOD},"layers":[{layer("sha256:../../x", 1)}]}}', "invalid digest"),
        (f'{{"config":{GOOD},"layers":[{layer(SOME, -1)}]}}', "size -1"),
        (f'{{"config":{GOOD},"layers":[{layer(SOME, 1)},{layer(SOME, 2)}]}}', "two sizes"),
        (f'{{"config":{GOOD},"layers":[{layer(SOME, 1, "application/vnd.ollama.image.tensor")}]}}', "requires MLX"),
        (" " * (5 << 20), "more than the 4194304 bytes"),
        (
            f'{{"config":{GOOD},"layers":[{MANY_LAYERS}]}}',
            "more than 1000 layers",
        ),
    ],
    ids=["broken", "digest", "negative", "two sizes", "tensors", "large", "many"],
)
async def test_a_hostile_manifest_is_refused_before_anything_is_fetched(
    store: Store, transfers: Transfers, fake: FakeRegistry, manifest: str, words: str
) -> None:
    fake.manifests["a/b:latest"] = manifest.encode()
    with pytest.raises(PullFailed, match=words):
        await run(store, transfers, name_at(fake))
    assert len(fake.asked) == 1
    assert files(store) == set()


async def test_an_endless_manifest_is_refused(store: Store, transfers: Transfers, fake: FakeRegistry) -> None:
    fake.add("a/b", b"x")
    fake.fault = "endless manifest"
    with pytest.raises(PullFailed, match="more than the 4194304 bytes"):
        await run(store, transfers, name_at(fake))


async def test_a_full_disk_is_told_beforehand(
    store: Store, transfers: Transfers, fake: FakeRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.add("a/b", WEIGHTS)
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=1, f_frsize=4096))
    with pytest.raises(StoreError, match="the disk is full") as error:
        await run(store, transfers, name_at(fake))
    assert error.value.status == 507
    assert fake.ranges(WEIGHTS) == []


@pytest.mark.parametrize("call", ["pwritev", "fdatasync", "ftruncate"])
async def test_a_disk_that_fills_up_ends_the_pull_at_once(
    store: Store, transfers: Transfers, fake: FakeRegistry, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    fake.add("a/b", WEIGHTS)

    def full(*_: object) -> int:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patched:
        patched.setattr(os, call, full)
        with pytest.raises(StoreError, match="the disk is full") as error:
            await run(store, transfers, name_at(fake))
    assert error.value.status == 507
    assert len(fake.ranges(WEIGHTS)) <= 2  # one of them asks where the blob is
    await run(store, transfers, name_at(fake))
    assert store.blobs.path(Digest.of(WEIGHTS)).read_bytes() == WEIGHTS


@pytest.mark.section("E.3")
async def test_wrong_bytes_are_told_after_the_check_and_removed(
    store: Store, transfers: Transfers, fake: FakeRegistry
) -> None:
    fake.add("a/b", WEIGHTS)
    fake.fault = "wrong bytes"
    seen: list[str] = []

    async def watch() -> None:
        async for progress in pull(store, transfers, name_at(fake), insecure=True):
            seen.append(progress.status)  # noqa: PERF401 # it raises

    with pytest.raises(DigestMismatch) as error:
        await watch()
    assert seen[-1] == "verifying sha256 digest"
    want, got = Digest.of(WEIGHTS), Digest.of(bytes(len(WEIGHTS)))
    assert str(error.value) == f"digest mismatch, file must be downloaded again: want {want}, got {got}"
    assert files(store) == set()


@pytest.mark.section("A.13", "E.3")
async def test_many_pulls_share_one_download(store: Store, transfers: Transfers, fake: FakeRegistry) -> None:
    fake.add("a/b", WEIGHTS)
    fake.pause = 0.002
    ends = await asyncio.gather(*(run(store, transfers, name_at(fake)) for _ in range(32)))
    assert all(end[-1].status == "success" for end in ends)
    assert fake.sent == len(WEIGHTS) + len(CONFIGURATION)


async def test_two_backends_on_one_store_share_one_download(
    store: Store, transfers: Transfers, fake: FakeRegistry
) -> None:
    fake.add("a/b", WEIGHTS)
    fake.pause = 0.002
    other = type(transfers)(store.blobs, transfers.key, transfers._pace)
    await asyncio.gather(run(store, transfers, name_at(fake)), run(store, other, name_at(fake)))
    assert fake.sent == len(WEIGHTS) + len(CONFIGURATION)
    assert not [file for file in files(store) if "partial" in file]


async def test_a_download_ends_when_nobody_waits_and_goes_on_for_the_next(
    store: Store, transfers: Transfers, fake: FakeRegistry
) -> None:
    fake.add("a/b", WEIGHTS)
    fake.fault, fake.faults = "stall", 1
    async with aclosing(pull(store, transfers, name_at(fake), insecure=True)) as leaving:
        async for progress in leaving:
            if progress.completed >= len(WEIGHTS) // 2:
                break
    tasks = [task for task in asyncio.all_tasks() if task.get_name().startswith("download")]
    assert not tasks
    await run(store, transfers, name_at(fake))
    assert fake.ranges(WEIGHTS)[-1] == len(WEIGHTS) // 2
    assert store.blobs.path(Digest.of(WEIGHTS)).read_bytes() == WEIGHTS


async def test_a_bad_registry_does_not_spoil_the_pull_from_a_good_one(
    store: Store, transfers: Transfers, fake: FakeRegistry
) -> None:
    async with registry() as bad:
        bad.add("a/b", WEIGHTS)
        fake.add("a/b", WEIGHTS)
        bad.fault = "stall"
        first = asyncio.create_task(run(store, transfers, name_at(bad)))
        await bad.stalling.wait()
        second = asyncio.create_task(run(store, transfers, name_at(fake)))
        bad.fault = "wrong range"
        assert (await second)[-1].status == "success"
        with pytest.raises(BackendError):
            await first
