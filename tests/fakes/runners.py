"""Fixtures that start runners."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.engine.local import LocalEngine
from backend.runner.spec import RunnerSpec
from tests.fakes.backend import FAKE_RUNNER
from tests.fakes.gguf_file import LLAMA, write_gguf

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path


@pytest.fixture
def make_spec(tmp_path: Path) -> Callable[..., RunnerSpec]:
    """`make_spec("@words", id="x")`: a spec whose model file tells the fake runner how to behave."""

    def make(words: str = "", identity: str = "r", slots: int = 2) -> RunnerSpec:
        path = write_gguf(tmp_path / f"{identity}.gguf", {**LLAMA, "general.description": f"{words} "})
        return RunnerSpec(id=identity, model=str(path), n_ctx=64, slots=slots, n_batch=32)

    return make


@pytest.fixture
async def engine() -> AsyncIterator[LocalEngine]:
    """This machine as an engine of fake runners; a load may be silent for one second."""
    async with LocalEngine(1.0, FAKE_RUNNER) as local:
        await local.nodes()  # which has a child too
        yield local
