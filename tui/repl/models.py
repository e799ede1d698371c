"""The models in the store, as the REPL saw them last."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.client import Client
    from backend.wire.ollama import ModelSummary


class Models:
    """`names` are there without asking, for a key that must not wait."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.names: list[str] = []

    async def read(self) -> list[ModelSummary]:
        """Ask the backend, whose errors are raised."""
        models = await self._client.tags()
        self.names = [model.name for model in models]
        return models
