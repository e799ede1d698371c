"""`PUNA_SHARE=1`: this store as a registry that others pull from, read-only (the design's `/v2/`)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from backend.errors import ModelNotFound, NotFound
from backend.store.digest import Digest
from backend.store.manifest import MANIFEST
from backend.store.name import ModelName

if TYPE_CHECKING:
    from backend.store.store import Store

_REPOSITORY = "/v2/{namespace}/{model}"


class Share:
    """Handlers over the models whose names have the default host: `library/x` here is `x` of this store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/v2/", self.version),  # with HEAD, as all of these
            web.get(f"{_REPOSITORY}/manifests/{{tag}}", self.manifest),
            web.get(f"{_REPOSITORY}/blobs/{{digest}}", self.blob),
        ]

    async def version(self, request: web.Request) -> web.Response:
        """What clients of registries ask first."""
        return web.json_response({}, headers={"Docker-Distribution-Api-Version": "registry/2.0"})

    async def manifest(self, request: web.Request) -> web.Response:
        name = _name(request, request.match_info["tag"])
        try:
            data = await asyncio.to_thread(self._store.manifest_bytes, name)
        except ModelNotFound:
            raise NotFound("manifest unknown") from None
        headers = {"Content-Type": MANIFEST, "Docker-Content-Digest": str(Digest.of(data))}
        return web.Response(body=data, headers=headers)

    async def blob(self, request: web.Request) -> web.StreamResponse:
        """A blob that a model of the repository needs, whole or a range of it."""
        digest = Digest.parse(request.match_info["digest"])
        if not await asyncio.to_thread(self._has, _name(request, "latest"), digest):
            raise NotFound("blob unknown")
        headers = {"Content-Type": "application/octet-stream", "Docker-Content-Digest": str(digest)}
        return web.FileResponse(self._store.blobs.path(digest), headers=headers)

    def _has(self, name: ModelName, digest: Digest) -> bool:
        repository = (name.folded.host, name.folded.namespace, name.folded.model)
        for model in self._store.list():
            folded = model.name.folded
            if (folded.host, folded.namespace, folded.model) == repository and digest in model.manifest.digests:
                return self._store.blobs.size(digest) is not None
        return False


def _name(request: web.Request, tag: str) -> ModelName:
    return ModelName(request.match_info["model"], tag, request.match_info["namespace"])
