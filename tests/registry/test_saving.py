"""What a kill would cost while a download goes on (threats.md, "Resume")."""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING

import pytest

from backend.errors import StoreError
from backend.registry.saving import saving
from backend.registry.threaded import in_thread
from backend.store import Digest

if TYPE_CHECKING:
    from backend.store import Partial, Store

DATA = bytes(1000)
DIGEST = Digest.of(DATA)
CHUNK = 100


def noted(store: Store) -> int:
    """Bytes that a daemon that starts now would not fetch again."""
    return sum(json.loads(path.read_text())["Completed"] for path in store.blobs.folder.glob("*-partial-*"))


async def test_never_more_than_a_chunk_of_all_parts_is_lost(store: Store) -> None:
    with store.blobs.partial(DIGEST, len(DATA)) as partial:
        partial.start([500, 500])
        async with saving(partial, CHUNK) as written:
            for offset in range(0, 500, 10):
                for part in partial.parts:
                    await in_thread(partial.write, part, [DATA[offset : offset + 10]])
                    await written()
                    assert partial.completed - noted(store) < CHUNK
    assert noted(store) == len(DATA)


async def test_writing_goes_on_beside_a_save(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    sync = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: go_on.wait(10) and sync(descriptor))
    with store.blobs.partial(DIGEST, len(DATA)) as partial:
        partial.start([1000])
        async with saving(partial, CHUNK) as written:
            for size in (30, 40):  # the first is enough for a save
                partial.write(partial.parts[0], [DATA[:size]])
                await written()
            assert noted(store) == 0
            go_on.set()
    assert noted(store) == 70


async def test_a_full_disk_ends_the_block(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, os.strerror(28))

    async def download(partial: Partial) -> None:
        async with saving(partial, CHUNK) as written:
            partial.write(partial.parts[0], [DATA[:99]])
            await written()

    with store.blobs.partial(DIGEST, len(DATA)) as partial:
        partial.start([1000])
        monkeypatch.setattr(os, "fdatasync", full)
        with pytest.raises(StoreError) as caught:
            await download(partial)
    assert caught.value.status == 507


async def test_a_save_that_failed_is_made_up_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = os.fdatasync

    def fail_once(_: int) -> None:
        monkeypatch.setattr(os, "fdatasync", sync)
        raise OSError(5, os.strerror(5))

    with store.blobs.partial(DIGEST, len(DATA)) as partial:
        partial.start([1000])
        monkeypatch.setattr(os, "fdatasync", fail_once)
        async with saving(partial, CHUNK) as written:
            partial.write(partial.parts[0], [DATA[:30]])
            await written()
    assert noted(store) == 30
