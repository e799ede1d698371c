"""From a demand to the runner that serves it: pure arithmetic over settings and the node's memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from backend.runner.spec import RunnerSpec

if TYPE_CHECKING:
    from backend.engine.base import NodeInfo
    from backend.scheduler.demand import Demand, LoadOptions, ModelFacts
    from backend.settings import Settings

_GIB = 1 << 30
_MIN_CONTEXT = 4
_DEFAULT_BATCH = 512
_POOLING_BATCH = 2048
_MAX_SLOTS = 4
_KV_SHARE = 0.25  # of the available memory that slots beyond the first may take
_KV_SCALE = {"f32": 2.0, "q8_0": 0.53, "q4_0": 0.28}  # of 16 bits, with the block scales


def settle(options: LoadOptions, facts: ModelFacts, settings: Settings, node: NodeInfo) -> LoadOptions:
    """`options` with the context length that will really be used, so that equal demands compare equal."""
    wanted = options.num_ctx or settings.context_length or _default_context(node)
    if facts.trained_context:
        wanted = min(wanted, facts.trained_context)
    gpu_layers = options.num_gpu if options.num_gpu is not None and options.num_gpu >= 0 else None
    return replace(options, num_ctx=max(wanted, _MIN_CONTEXT), num_gpu=gpu_layers)


def runner_spec(demand: Demand, identity: str, settings: Settings, node: NodeInfo) -> RunnerSpec:
    """The runner for a settled demand."""
    options, facts = demand.options, demand.facts
    n_ctx = options.num_ctx or _MIN_CONTEXT
    batch = options.num_batch or (min(_POOLING_BATCH, n_ctx) if facts.pools else _DEFAULT_BATCH)
    slots = _slots(facts, n_ctx, settings, node)
    return RunnerSpec(
        id=identity,
        model=str(demand.weights),
        n_ctx=n_ctx,
        slots=slots,
        n_batch=max(slots, min(batch, n_ctx)),  # a step decodes one token of each slot: less aborts the engine
        gpu_layers=-1 if options.num_gpu is None else options.num_gpu,
        main_gpu=options.main_gpu,
        use_mmap=options.use_mmap,
        threads=options.num_thread or 0,
        flash_attention=settings.flash_attention,
        kv_cache_type=settings.kv_cache_type,
        context_shift=options.shift,
        pooling="" if facts.pools else "mean",
        adapters=tuple(map(str, demand.adapters)),
        projector=str(demand.projectors[0]) if demand.projectors else "",
    )


def memory_need(facts: ModelFacts, spec: RunnerSpec) -> int:
    """Bytes that a runner is expected to take: its file and the KV cache of all its slots."""
    scale = _KV_SCALE.get(spec.kv_cache_type, 1.0)
    return facts.file_size + int(facts.kv_bytes_per_token * spec.n_ctx * spec.slots * scale)


def _slots(facts: ModelFacts, n_ctx: int, settings: Settings, node: NodeInfo) -> int:
    if facts.pools:
        return 1
    if settings.num_parallel > 0:
        return settings.num_parallel
    slots = _MAX_SLOTS
    free = node.vram_free if node.gpus else node.memory_available
    while slots > 1 and facts.kv_bytes_per_token * n_ctx * slots > free * _KV_SHARE:
        slots //= 2
    return slots


def _default_context(node: NodeInfo) -> int:
    """By the sum of video memory (section A.6)."""
    if node.vram_total >= 47 * _GIB:
        return 262144
    return 32768 if node.vram_total >= 23 * _GIB else 4096
