"""`GET /api/ps`: the specification's section A.8."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.backend import add_model
from tests.fakes.observed import until

if TYPE_CHECKING:
    from backend.client import Client
    from backend.settings import Settings
    from tests.fakes.wire import Wire

pytestmark = pytest.mark.section("A.8")


async def ps(wire: Wire) -> list[dict[str, Any]]:
    models = (await wire.get("/api/ps")).json["models"]
    assert isinstance(models, list)
    return models


def remaining(model: dict[str, Any]) -> timedelta:
    return datetime.fromisoformat(model["expires_at"]) - datetime.now(UTC)


async def test_nothing_runs_at_first(wire: Wire) -> None:
    assert (await wire.get("/api/ps")).body == b'{"models":[]}'


@pytest.mark.section("M.19")
async def test_a_loaded_model_is_described(wire: Wire, backend: Settings, client: Client) -> None:
    add_model(backend, "Tiny")
    await client.load("tiny", {"num_ctx": 100}, "10m")
    await until(client, lambda snapshot: snapshot.runners and snapshot.runners[0].size == int(12.5 * 2**20))
    (model,) = await ps(wire)
    assert list(model) == [*("name", "model", "size", "digest", "details", "expires_at", "size_vram", "context_length")]
    assert (model["name"], model["model"], model["context_length"]) == ("Tiny:latest", "Tiny:latest", 100)
    assert (model["size"], model["size_vram"]) == (int(12.5 * 2**20), 0)
    (listed,) = (await wire.get("/api/tags")).json["models"]
    assert model["digest"] == listed["digest"]
    assert "context_length" not in model["details"]
    assert timedelta(minutes=9) < remaining(model) <= timedelta(minutes=10)


async def test_the_longest_to_live_comes_first(wire: Wire, backend: Settings, client: Client) -> None:
    for name, keep_alive in (("short", "1m"), ("forever", -1), ("long", "1h")):
        add_model(backend, name)
        await client.load(name, keep_alive=keep_alive)
    models = await ps(wire)
    assert [model["name"] for model in models] == ["forever:latest", "long:latest", "short:latest"]
    assert models[0]["expires_at"][:4] > "2300"


async def test_names_of_the_same_weights_share_a_runner(wire: Wire, backend: Settings, client: Client) -> None:
    add_model(backend, "first")
    await client.copy("first", "second")
    await client.load("first")
    await client.load("second")
    assert [model["name"] for model in await ps(wire)] == ["first:latest"]


async def test_a_model_that_was_deleted_still_runs(wire: Wire, backend: Settings, client: Client) -> None:
    add_model(backend, "gone")
    await client.load("gone")
    await client.delete("gone")
    (model,) = await ps(wire)
    assert (model["name"], model["digest"]) == ("gone:latest", "")


@pytest.mark.parametrize("settings", [{"OLLAMA_KEEP_ALIVE": "7m"}], indirect=True)
async def test_a_model_that_is_loading_is_shown(wire: Wire, backend: Settings, client: Client) -> None:
    add_model(backend, "slow", behaviour="@slow_load=60")
    loading = asyncio.create_task(client.load("slow"))
    await until(client, lambda snapshot: snapshot.runners)
    (model,) = await ps(wire)
    assert timedelta(minutes=6) < remaining(model) <= timedelta(minutes=7)
    assert model["size"] > 0
    loading.cancel()
    await asyncio.wait([loading])
