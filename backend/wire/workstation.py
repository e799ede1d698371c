"""Bodies of Puna's own API under `/puna/v1`: what runs, on what, and what loading a model would do.

Sizes in bytes, times in seconds, rates in tokens per second unless said.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from backend.wire.downloads import DownloadView


class PlaceView(Struct, kw_only=True):
    """What the engine says it took of one device; `device` in its own words: `CUDA0`, `CPU`."""

    device: str
    weights: int
    kv: int
    compute: int


class RunnerView(Struct, kw_only=True):
    """One runner process. `progress` 0…1 while loading.

    Weights, cache and compute buffers are those that the engine tells, before that those predicted.
    """

    id: str
    model: str
    state: str  # loading | ready | retiring | stopping
    engine: str
    progress: float
    size: int
    size_vram: int
    resident: int
    context_length: int
    slots: int
    active: int
    queued: int
    tokens_per_second: float
    expires_in: float | None  # until an idle runner is unloaded; null: busy, or never
    prefill_per_second: float = 0.0
    weights: int = 0
    kv: int = 0
    compute: int = 0
    places: list[PlaceView] = field(default_factory=list)
    layers_on_gpu: int = 0
    layers: int = 0  # 0: the engine has no accelerator
    kv_cache_type: str = ""  # empty: the engine's own, 16 bits
    pinned: bool = False  # it stays until it is unloaded
    engine_reason: str = ""  # why this engine
    engine_version: str = ""


class EngineView(Struct, kw_only=True):
    """An engine that the backend has. `distribution` is the Python package that brings it, `path` the binary."""

    name: str  # llama.cpp | llama-server | ctransformers
    version: str
    distribution: str = ""
    path: str = ""


class ModelEngineView(Struct, kw_only=True):
    """Which engine runs a model, and why; `engine` is empty where none can, and `reason` says why not."""

    model: str
    engine: str
    version: str
    reason: str


class RequestView(Struct, kw_only=True):
    """One live generation of any client, `elapsed` since it came; `prompt_tokens` of `prompt_total` are evaluated."""

    id: str
    model: str
    kind: str  # chat | generate | embed | load
    client: str  # the program, as it names itself
    state: str  # queued | loading | prefill | decode
    prompt_tokens: int
    tokens: int
    tokens_per_second: float
    elapsed: float
    address: str = ""  # where it comes from; empty: through the unix socket
    runner: str = ""
    prompt_total: int = 0
    prefill_per_second: float = 0.0
    first_token: float | None = None  # from its arrival


class EndedView(Struct, kw_only=True):
    """A runner that failed to load or died; its log can be read for a while. `ago`: how long that is."""

    id: str
    model: str
    reason: str
    ago: float


class HolderView(Struct, kw_only=True):
    """What one model holds of a device."""

    model: str
    memory: int


class DeviceView(Struct, kw_only=True):
    """One accelerator. `null`: its driver does not tell. `use` 0…100, power in W, temperature in °C, clock in MHz.
    `bandwidth`: bytes per second of its memory at most, by its clock and its bus.
    """

    name: str
    kind: str  # nvidia | amd | other
    memory_total: int
    memory_used: int
    bus: str = ""
    use: float | None = None
    power: float | None = None
    power_limit: float | None = None
    temperature: float | None = None
    clock: float | None = None
    bandwidth: float | None = None
    models: list[HolderView] = field(default_factory=list)


class MachineView(Struct, kw_only=True):
    """The machine and its accelerators. `cpu` 0…100 over all `cores`, `load` the average of the last minute."""

    memory_total: int
    memory_available: int
    cpu: float
    cores: int
    load: float
    devices: list[DeviceView]


class Snapshot(Struct, kw_only=True):
    """The state of the backend at one moment: an event of `GET /puna/v1/events` carries a whole one.

    `models_revision` changes when the list of models in the store changed, `sessions_revision` when a session or a
    message of one did. `cpu` 0…100.
    """

    version: str
    models_revision: int
    runners: list[RunnerView]
    requests: list[RequestView]
    memory_total: int
    memory_available: int
    cpu: float
    sessions_revision: int = 0
    cores: int = 0
    load: float = 0.0
    devices: list[DeviceView] = field(default_factory=list)
    ended: list[EndedView] = field(default_factory=list)
    downloads: list[DownloadView] = field(default_factory=list)


class KeepRequest(Struct, kw_only=True):
    """How long a runner stays after its last use: seconds, Ollama's durations, below 0 for ever."""

    keep_alive: float | str


class LoadRequest(Struct, kw_only=True):
    """A model with what it is to be loaded with; `null` leaves it to the model's parameters, then to the backend.

    `options` are those of Ollama's API, of which a load heeds `num_ctx`, `num_gpu`, `main_gpu`, `num_batch`,
    `num_thread` and `use_mmap`.
    """

    model: str
    options: dict[str, Any] = field(default_factory=dict)
    kv_cache_type: str | None = None
    num_parallel: int | None = None
    keep_alive: float | str | None = None  # an estimate does not heed it


class BoxView(Struct, kw_only=True):
    """One device as it would be after a load. `taken` by others; `free` below 0: that much is missing."""

    name: str
    total: int
    taken: int
    weights: int
    kv: int
    compute: int
    free: int


class EvictionView(Struct, kw_only=True):
    """A runner that would be unloaded."""

    runner: str
    model: str
    busy: bool


class EstimateView(Struct, kw_only=True):
    """What loading a model would take and do. The machine's own memory is the last of `boxes`.

    `loaded`: it is there as it is wanted, nothing would happen. `most_context`: the longest context that fits beside
    what stays loaded. `refusal`: why it can never be loaded, or empty.
    """

    model: str
    num_ctx: int
    num_parallel: int
    kv_cache_type: str
    layers_on_gpu: int
    layers: int
    trained_context: int
    weights: int
    kv: int
    compute: int
    boxes: list[BoxView]
    fits: bool
    loaded: bool
    evicts: list[EvictionView]
    most_context: int
    refusal: str


class RooflineRequest(Struct, kw_only=True):
    """`memory` asks for a measurement of the machine's own memory, which keeps its cores busy for half a second."""

    model: str
    memory: bool = False


class RooflineView(Struct, kw_only=True):
    """What bounds the decoding of a model. `weights`: bytes of them that one token reads. `memory_bandwidth`: bytes per
    second at which all cores together read as many bytes; null: not asked for.
    """

    weights: int
    memory_bandwidth: float | None


class LogView(Struct, kw_only=True):
    """Lines of a runner's log. `next` is the number of the line after the last, of all that were ever written."""

    lines: list[str]
    next: int
    running: bool
