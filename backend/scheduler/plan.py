"""From a demand to the runner that serves it: pure arithmetic over settings and the node's memory (section H)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from backend.engine_choice import EngineName
from backend.runner.spec import RunnerSpec
from backend.scheduler.memory import Footprint, cache_bytes, footprint
from backend.scheduler.policy import Limits

if TYPE_CHECKING:
    from backend.engine.base import Device, NodeInfo
    from backend.scheduler.demand import Demand, LoadOptions, ModelFacts
    from backend.settings import Settings

_GIB = 1 << 30
_MIN_CONTEXT = 4
_MIN_SEEING_CONTEXT = 2048
_DEFAULT_BATCH = 512
_POOLING_BATCH = 2048
_MAX_SLOTS = 4
_KV_SHARE = 0.25  # of the free memory that slots beyond the first may take
_VRAM_SHARE = 0.8  # of the free video memory that a prediction may take
# Families whose state cannot be shared out among slots.
_ONE_SLOT = ("mllama", "qwen3vl", "qwen35", "qwen3next", "lfm2", "nemotron_h")
_SMALLER_CONTEXTS = (32768, 4096)  # tried in turn when an automatic length does not fit


@dataclass(frozen=True, slots=True)
class Plan:
    """A runner, and the memory that it is expected to take."""

    spec: RunnerSpec
    footprint: Footprint

    @property
    def need(self) -> int:
        """Bytes in all."""
        return self.footprint.total


def settle(options: LoadOptions, facts: ModelFacts, settings: Settings, node: NodeInfo) -> LoadOptions:
    """`options` with the context length that will really be used, so that equal demands compare equal."""
    wanted = options.num_ctx or settings.context_length or facts.usual_context or _default_context(node)
    if facts.trained_context:
        wanted = min(wanted, facts.trained_context)
    gpu_layers = options.num_gpu if options.num_gpu is not None and options.num_gpu >= 0 else None
    least = _MIN_SEEING_CONTEXT if facts.sees else _MIN_CONTEXT
    return replace(options, num_ctx=max(wanted, least), num_gpu=gpu_layers)


def as_wanted(demand: Demand, settings: Settings, node: NodeInfo) -> Demand:
    """`demand` settled."""
    asked = demand.options
    return replace(
        demand,
        options=settle(asked, demand.facts, settings, node),
        automatic_context=not (asked.num_ctx or settings.context_length),
    )


def smaller_context(num_ctx: int) -> int | None:
    """The next context length to try after `num_ctx` did not fit, `None` if there is none."""
    return next((length for length in _SMALLER_CONTEXTS if length < num_ctx), None)


def make(demand: Demand, identity: str, settings: Settings, node: NodeInfo) -> Plan:
    """The runner for a settled demand."""
    if demand.engine.engine is EngineName.CTRANSFORMERS:
        demand = _for_ctransformers(demand)
    options, facts = demand.options, demand.facts
    on_gpu = bool(node.devices) and options.num_gpu != 0
    n_ctx = options.num_ctx or _MIN_CONTEXT
    batch = options.num_batch or _batch(facts, n_ctx, on_gpu=on_gpu)
    cache_type = settings.kv_cache_type if options.kv_cache_type is None else options.kv_cache_type
    slots = options.num_parallel or settings.num_parallel
    if facts.pools or facts.architecture.startswith(_ONE_SLOT):
        slots = 1
    elif not slots:
        room = (free_memory(node, settings) if on_gpu else node.memory_available) * _KV_SHARE
        slots = _slots(cache_bytes(facts, n_ctx, batch, cache_type), room)
    spec = RunnerSpec(
        id=identity,
        engine=demand.engine.engine,
        model=str(demand.weights),
        n_ctx=n_ctx,
        slots=slots,
        n_batch=max(slots, min(batch, n_ctx)),  # a step decodes one token of each slot: less aborts the engine
        gpu_layers=-1 if options.num_gpu is None else options.num_gpu,
        main_gpu=options.main_gpu,
        use_mmap=options.use_mmap,
        threads=options.num_thread or 0,
        flash_attention=settings.flash_attention,
        kv_cache_type=cache_type,
        context_shift=options.shift,
        pooling="" if facts.pools else "mean",
        adapters=tuple(map(str, demand.adapters)),
        projector=str(demand.projectors[0]) if demand.projectors else "",
        model_type=demand.model_type,
    )
    taken = footprint(facts, spec)
    return Plan(_placed(spec, taken.total, settings, node) if on_gpu else spec, taken)


def _for_ctransformers(demand: Demand) -> Demand:
    """It serves one request at a time, knows one type of cache, and leaves accelerators alone unless asked."""
    layers = demand.options.num_gpu or 0
    return replace(demand, options=replace(demand.options, num_gpu=layers, num_parallel=1, kv_cache_type=""))


def limits(node: NodeInfo, settings: Settings) -> Limits:
    """How much may be loaded on a node as it is now."""
    maximum = settings.max_loaded_models or 3 * max(1, len(node.devices))
    return Limits(max_loaded=maximum, free=free_memory(node, settings))


def refusal(need: int, node: NodeInfo) -> str:
    """Why a model that takes `need` bytes can never be loaded on a node; empty if it may be."""
    total = node.memory_total + node.vram_total
    if need <= total:
        return ""
    return (
        f"model requires more system memory ({need / _GIB:.1f} GiB) than this machine has "
        f"({total / _GIB:.1f} GiB); use a smaller num_ctx or a smaller model"
    )


def free_memory(node: NodeInfo, settings: Settings) -> int:
    """Bytes that a further model may take: of the accelerators if there are any, else of the machine."""
    if not node.devices:
        return node.memory_available
    return int(_VRAM_SHARE * sum(usable(device, settings) for device in node.devices))


def _placed(spec: RunnerSpec, need: int, settings: Settings, node: NodeInfo) -> RunnerSpec:
    """On one accelerator if it fits there, the one with most memory free; else on all of them."""
    if spec.main_gpu is not None or settings.sched_spread or len(node.devices) == 1:
        return spec
    roomiest = max(node.devices, key=lambda device: device.free)
    fits = need <= _VRAM_SHARE * usable(roomiest, settings)
    return msgspec.structs.replace(spec, main_gpu=roomiest.index) if fits else spec


def usable(device: Device, settings: Settings) -> int:
    """Bytes of an accelerator that are free, less what the user keeps back."""
    return max(0, device.free - settings.gpu_overhead)


def _batch(facts: ModelFacts, n_ctx: int, *, on_gpu: bool) -> int:
    """Tokens per step. On a CPU a slot is free only after its batch, so it stays small there."""
    if facts.pools:
        return min(_POOLING_BATCH, n_ctx)
    if not on_gpu or n_ctx <= 4096:
        return _DEFAULT_BATCH
    return 1024 if n_ctx <= 32768 else 2048


def _slots(cache: int, room: float) -> int:
    """As many slots as have room for their caches, of `cache` bytes each."""
    slots = _MAX_SLOTS
    while slots > 1 and cache * slots > room:
        slots //= 2
    return slots


def _default_context(node: NodeInfo) -> int:
    """By the sum of video memory (section A.6)."""
    if node.vram_total >= 47 * _GIB:
        return 262144
    return 32768 if node.vram_total >= 23 * _GIB else 4096
