"""What a runner will take of memory, by the model's metadata: arithmetic that is checked against the engine's log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.runner.spec import RunnerSpec
    from backend.scheduler.demand import ModelFacts

# Bytes of an element over 16 bits: ggml's blocks of 32 elements with their scales.
_KV_SCALE = {"f32": 2.0, "q8_0": 34 / 64, "q4_0": 18 / 64}
_CELLS = 256  # the engine rounds context lengths up to a multiple
_FLOAT_BYTES = 4
_MASK_BYTES = 2


@dataclass(frozen=True, slots=True)
class Footprint:
    """Bytes: the files, the KV cache of all slots, and what the engine computes in."""

    weights: int
    kv: int
    compute: int

    @property
    def total(self) -> int:
        return self.weights + self.kv + self.compute


def footprint(facts: ModelFacts, spec: RunnerSpec) -> Footprint:
    """What a runner of `spec` will take, wherever that is."""
    return Footprint(facts.file_size, _kv(facts, spec), _compute(facts, spec))


def cache_bytes(facts: ModelFacts, n_ctx: int, n_batch: int, kv_cache_type: str) -> int:
    """The KV cache of one slot. A layer with a window keeps that and one batch."""
    cells = _padded(max(n_ctx, facts.whole_context))
    near = min(cells, _padded(facts.window + n_batch))
    elements = facts.kv_bytes_per_token * cells + facts.windowed_kv_bytes_per_token * near
    return int(elements * _KV_SCALE.get(kv_cache_type, 1.0))


def _kv(facts: ModelFacts, spec: RunnerSpec) -> int:
    return spec.slots * cache_bytes(facts, spec.n_ctx, spec.n_batch, spec.kv_cache_type)


def _compute(facts: ModelFacts, spec: RunnerSpec) -> int:
    """The logits of a batch, its widest activations, and its attention mask: within 2 % of what llama.cpp reserves."""
    activations = facts.vocabulary + 2 * facts.width + facts.feed_forward
    mask = _padded(spec.n_ctx) * _MASK_BYTES
    return spec.n_batch * (activations * _FLOAT_BYTES + mask)


def _padded(tokens: int) -> int:
    return -(-tokens // _CELLS) * _CELLS
