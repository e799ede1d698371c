"""Demands for tests."""

from __future__ import annotations

from pathlib import Path

from backend.scheduler.demand import Demand, LoadOptions, ModelFacts

FACTS = ModelFacts(file_size=1000, trained_context=8192, kv_bytes_per_token=10, pools=False)


def demand(key: str = "a", options: LoadOptions | None = None, facts: ModelFacts = FACTS) -> Demand:
    """A demand for the model with weights `key`."""
    return Demand(
        key=key,
        name=f"{key}:latest",
        weights=Path(f"/models/{key}"),
        adapters=(),
        projectors=(),
        facts=facts,
        options=options or LoadOptions(num_ctx=64),
    )
