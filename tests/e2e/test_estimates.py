"""What is estimated before a load, beside what the real engine says after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.wire.workstation import LoadRequest
from tests.e2e.conftest import MODEL
from tests.fakes.observed import until

if TYPE_CHECKING:
    from backend.client import Client

pytestmark = pytest.mark.real


@pytest.mark.parametrize(("num_ctx", "kind", "slots"), [(2048, None, None), (8192, "q8_0", 1)])
async def test_a_load_takes_what_was_estimated(real: Client, num_ctx: int, kind: str | None, slots: int | None) -> None:
    wanted = LoadRequest(model=MODEL, options={"num_ctx": num_ctx}, kv_cache_type=kind, num_parallel=slots)
    said = await real.monitor.estimate(wanted)
    loaded = await real.monitor.load(wanted)
    try:
        assert (loaded.context_length, loaded.slots) == (said.num_ctx, said.num_parallel) == (num_ctx, slots or 2)
        snapshot = await until(
            real, lambda snapshot: any(one.id == loaded.id and one.compute for one in snapshot.runners), 30
        )
        (runner,) = [one for one in snapshot.runners if one.id == loaded.id]
        assert said.kv == pytest.approx(runner.kv, rel=0.01)
        assert said.compute == pytest.approx(runner.compute, rel=0.05)
        assert said.weights == pytest.approx(runner.weights, rel=0.06)
        assert (await real.monitor.estimate(wanted)).loaded
    finally:
        await real.monitor.unload(loaded.id)
        await until(real, lambda snapshot: all(one.id != loaded.id for one in snapshot.runners), 30)
