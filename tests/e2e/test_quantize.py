"""A real model, made F16 again, quantised by the daemon, loaded and asked (the specification's section F.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.client import Client
from backend.wire.ollama import CreateRequest
from tests.e2e.daemon import add_model
from tests.e2e.wide import answer, widen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from backend.settings import Settings

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture
async def connected(real_backend: Settings, smollm2_gguf: Path, tmp_path: Path) -> AsyncIterator[Client]:
    """A client, and the model `wide` in F16."""
    async with Client(real_backend) as client:
        await add_model(client, "wide", widen(smollm2_gguf, tmp_path / "wide.gguf"))
        yield client
        await client.delete("wide")


@pytest.mark.parametrize("target", ["Q8_0", "Q4_K_M", "Q4_K_S"])
async def test_the_engine_loads_what_was_quantised_and_answers(connected: Client, target: str) -> None:
    request = CreateRequest(model="narrow", from_="wide", quantize=target)
    statuses = [step.status async for step in connected.create(request)]
    assert f"quantizing F16 model to {target}" in statuses
    shown = await connected.show("narrow")
    assert shown.details.quantization_level == target
    assert "Paris" in await answer(connected, "narrow")
    await connected.delete("narrow")
