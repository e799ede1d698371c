"""`POST /api/push`: a model to the registry that its name says (the specification's section E.4)."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from backend.errors import BackendError, PushFailed, RegistryError
from backend.registry.client import Registry
from backend.registry.transfers import TICK_S
from backend.registry.upload import Upload
from backend.store.manifest import MANIFEST, MANIFEST_LIMIT, Manifest
from backend.wire.ollama import Progress

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from backend.registry.key import KeyPair
    from backend.store import Layer, ModelName, Store


async def push(
    store: Store, key: KeyPair, name: ModelName, *, insecure: bool = False
) -> AsyncGenerator[Progress, None]:
    """The progress of a push that ends in `success`; leaving it early (`contextlib.aclosing`) cancels the push.

    `insecure` allows plain HTTP. Raises `PushFailed` and `StoreError`.
    """
    yield Progress(status="retrieving manifest")
    try:
        data = await asyncio.to_thread(store.manifest_bytes, name)
        manifest = Manifest.parse(data)
    except BackendError:
        yield Progress(status="couldn't retrieve manifest")
        raise
    try:
        with store.blobs.hold(*manifest.digests):
            async with Registry(name, key, insecure=insecure) as registry:
                for layer in (*manifest.layers, manifest.config):
                    async with aclosing(_send(store, registry, layer)) as steps:
                        async for step in steps:
                            yield step
                yield Progress(status="pushing manifest")
                await _put_manifest(registry, data)
    except RegistryError as error:
        raise PushFailed(str(error)) from error
    yield Progress(status="success")


async def _send(store: Store, registry: Registry, layer: Layer) -> AsyncGenerator[Progress, None]:
    """Progress every 60 ms; a blob that the registry has yields one object."""
    status, digest = f"pushing {layer.digest.short}", str(layer.digest)
    upload = Upload(store.blobs, registry, layer)
    task = asyncio.create_task(upload.run(), name=status)
    try:
        while not task.done():
            await asyncio.wait([task], timeout=TICK_S)
            if not task.done():
                yield Progress(status=status, digest=digest, total=layer.size, completed=upload.completed)
        task.result()
    finally:
        task.cancel()
        await asyncio.shield(asyncio.wait([task]))
    yield Progress(status=status, digest=digest, total=layer.size, completed=layer.size)


async def _put_manifest(registry: Registry, data: bytes) -> None:
    url = registry.url("manifests", registry.name.tag)
    if len(data) > MANIFEST_LIMIT:
        raise PushFailed(f"the manifest has more than the {MANIFEST_LIMIT} bytes allowed")
    async with registry.request("PUT", url, {"Content-Type": MANIFEST}, lambda: data) as response:
        if response.status not in {200, 201, 202, 204}:
            raise PushFailed(f"the registry answered the manifest with status {response.status}")
