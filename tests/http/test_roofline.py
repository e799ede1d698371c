"""`/puna/v1/roofline`: what bounds the decoding of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.errors import BadRequest, NotFound
from backend.store import Store
from tests.fakes.backend import add_model
from tests.store.models import add

if TYPE_CHECKING:
    from backend.client import Client
    from backend.settings import Settings

_WEIGHTS = 64 * 64 // 32 * 20 + 2 * 64 * 4  # of the tiny model: its embedding is its output, and two norms


async def test_what_a_token_reads_is_told_and_how_fast_on_request(client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    said = await client.monitor.roofline("m", memory=False)
    assert (said.weights, said.memory_bandwidth) == (_WEIGHTS, None)
    measured = (await client.monitor.roofline("M:latest", memory=True)).memory_bandwidth
    assert measured is not None
    assert measured > 1e8


async def test_a_file_that_is_no_gguf_is_read_whole(client: Client, backend: Settings) -> None:
    add(Store(backend.models), "old", b"ggjt" + bytes(996))
    assert (await client.monitor.roofline("old", memory=False)).weights == 1000


async def test_a_model_must_be_named_and_there(client: Client) -> None:
    with pytest.raises(BadRequest, match="model is required"):
        await client.monitor.roofline("", memory=False)
    with pytest.raises(NotFound):
        await client.monitor.roofline("none", memory=True)
