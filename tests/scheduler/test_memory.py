"""The predicted memory of a runner, beside what the real engine says it took."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from backend import ggml
from backend.engine.local import LocalEngine
from backend.engine_choice import EngineName
from backend.gguf import read
from backend.inference.facts import facts_of
from backend.runner.spec import RunnerSpec
from backend.scheduler.memory import footprint
from tests.ggml.files import ggml_bytes
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


@pytest.mark.parametrize("family", ["gpt2", "gptj", "llama"])
async def test_the_cache_of_a_ggml_model_is_predicted(tmp_path: Path, family: str) -> None:
    """A gpt2's and a gptj's have room for all 512 tokens they were trained for; a llama has no such number."""
    path = tmp_path / "model.bin"
    path.write_bytes(ggml_bytes(family, ctx=512))
    facts = facts_of(ggml.read(path).as_gguf(), path.stat().st_size, sees=False)
    spec = RunnerSpec(
        id="r", model=str(path), n_ctx=256, slots=1, n_batch=256, engine=EngineName.CTRANSFORMERS, model_type=family
    )
    async with LocalEngine(30.0) as engine:
        handle = await engine.launch(spec)
        while handle.memory is None:  # noqa: ASYNC110 # the log is read beside, and nothing tells of a line
            await asyncio.sleep(0)
    assert footprint(facts, spec).kv == pytest.approx(handle.memory.kv, rel=0.05)


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
