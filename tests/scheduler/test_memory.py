"""The predicted memory of a runner, beside what the real engine says it took."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.engine.local import LocalEngine
from backend.gguf import read
from backend.inference.facts import facts_of
from backend.runner.spec import RunnerSpec
from backend.scheduler.memory import footprint
from tests.models import gemma3, smollm2

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.real
@pytest.mark.parametrize(("n_ctx", "slots", "kind"), [(4096, 2, ""), (300, 2, "q8_0")])
async def test_the_real_engine_takes_what_was_predicted(n_ctx: int, slots: int, kind: str) -> None:
    await compare(smollm2(), n_ctx, slots, kind)


@pytest.mark.real
@pytest.mark.slow
async def test_a_cache_with_windows_is_predicted_too() -> None:
    await compare(gemma3(), 8192, 2, "")


async def compare(path: Path, n_ctx: int, slots: int, kind: str) -> None:
    gguf = read(path)
    facts = facts_of(gguf, sum(tensor.size for tensor in gguf.tensors), sees=False)
    spec = RunnerSpec(id="r", model=str(path), n_ctx=n_ctx, slots=slots, n_batch=512, kv_cache_type=kind)
    async with LocalEngine(30.0) as engine:
        said = (await engine.launch(spec)).memory
    assert said is not None
    predicted = footprint(facts, spec)
    assert predicted.kv == pytest.approx(said.kv, rel=0.01)
    assert predicted.weights == pytest.approx(said.weights, rel=0.06)  # the CPU keeps some tensors in another order too
    assert predicted.compute == pytest.approx(said.compute, rel=0.05)
