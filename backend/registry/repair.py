"""Fetching a damaged blob again from where its models come from."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from backend.errors import BackendError, RegistryError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from backend.registry.transfers import Transfers
    from backend.store import Digest, ModelName, Store


async def repair(
    store: Store, transfers: Transfers, digest: Digest, size: int, models: Sequence[ModelName]
) -> AsyncGenerator[int, None]:
    """The bytes that have arrived, every 60 ms; ends when a blob of these bytes has taken the damaged one's place.

    The registries of `models` are asked in turn. Only the blob is touched: no model means anything else afterwards,
    and if nobody has it, the damaged one stays. Raises `BackendError`, the last registry's.
    """
    with store.blobs.hold(digest), store.blobs.set_aside(digest):
        store.blobs.require_space({digest: size})
        last: BackendError = RegistryError("no model names a registry that could have it")
        for name in models:
            try:
                async with aclosing(transfers.follow(name, digest, size, insecure=False)) as counts:
                    async for completed in counts:
                        yield completed
            except BackendError as error:
                last = error
            else:
                return
        raise last
