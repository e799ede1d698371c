"""`/puna/v1/engines`: the engines that this backend has, and which of them runs a model, and why."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from backend.engine_choice import EngineName
from backend.errors import BadRequest
from backend.http.reply import JSON_TYPE, json_reply, printable
from backend.wire.workstation import EngineView, ModelEngineView

if TYPE_CHECKING:
    from backend.inference.service import Inference
    from backend.llama_server import LlamaServer

_DISTRIBUTIONS = {EngineName.LLAMA_CPP: "xllamacpp", EngineName.CTRANSFORMERS: "ctransformers"}


class Engines:
    """What is known of each engine. `server` is the user's llama-server."""

    def __init__(self, server: LlamaServer | None) -> None:
        self._server = server

    def version(self, engine: EngineName) -> str:
        """Empty for one that is not there."""
        if engine is EngineName.LLAMA_SERVER:
            return printable(self._server.version) if self._server else ""
        try:
            return metadata.version(_DISTRIBUTIONS[engine])
        except metadata.PackageNotFoundError:
            return ""

    def views(self) -> list[EngineView]:
        """Those that are there."""
        found = {engine: self.version(engine) for engine in EngineName}
        path = printable(str(self._server.path)) if self._server else ""
        return [
            EngineView(
                name=engine.value,
                version=version,
                distribution=_DISTRIBUTIONS.get(engine, ""),
                path=path if engine is EngineName.LLAMA_SERVER else "",
            )
            for engine, version in found.items()
            if version
        ]


class EngineRoutes:
    """Handlers over the engines and the choice between them."""

    def __init__(self, engines: Engines, inference: Inference) -> None:
        self._engines = engines
        self._inference = inference

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/puna/v1/engines", self.list, allow_head=False),
            web.get("/puna/v1/engines/of", self.of_model, allow_head=False),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """A list of `EngineView`."""
        return web.Response(body=msgspec.json.encode(self._engines.views()), headers={"Content-Type": JSON_TYPE})

    async def of_model(self, request: web.Request) -> web.Response:
        """The `ModelEngineView` of the model `?model=NAME`. Raises `ModelNotFound`."""
        model = request.query.get("model", "")
        if not model:
            raise BadRequest("model is required: /puna/v1/engines/of?model=NAME")
        try:
            choice = await self._inference.engine(model)
        except BadRequest as error:
            return json_reply(ModelEngineView(model=model, engine="", version="", reason=error.message))
        engine = choice.engine
        version = self._engines.version(engine)
        return json_reply(ModelEngineView(model=model, engine=engine.value, version=version, reason=choice.reason))
