"""The child that hosts llama.cpp's own server: `python -m backend.runner.llama`, one `RunnerOrder` on stdin.

It serves on the unix socket of the order until its standard input ends, which happens when its parent dies, however
it dies. The engine writes its log to stderr and, because of `LLAMA_SERVER_ROUTER_PORT`, its load progress to stdout.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import msgspec

from backend.runner.child import read_order
from backend.runner.spec import media_marker

if TYPE_CHECKING:
    from backend.runner.spec import RunnerOrder, RunnerSpec

_VERBOSITY = 4  # the level at which the engine reports its buffer sizes
_HOST_CACHE_MIB = 0  # the engine's default of 8 GiB can restore another conversation's prefix


def main() -> None:
    """Load the model of the order, serve it, and end with the parent. Exit status 1 if it cannot be loaded.

    With `--devices`, only print the accelerators that the engine can use, as a line of JSON.
    """
    if "--devices" in sys.argv:
        sys.stdout.buffer.write(msgspec.json.encode(_accelerators()) + b"\n")
        return
    order = read_order()
    # Spinning OpenMP threads starve every other process on the box; read when the library is loaded.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    os.environ["LLAMA_SERVER_ROUTER_PORT"] = "1"
    os.environ["LLAMA_MEDIA_MARKER"] = media_marker(order.key)
    import xllamacpp

    try:
        server = xllamacpp.Server(make_params(xllamacpp, order))
    except RuntimeError as error:
        sys.exit(str(error))
    while server:  # the engine's own threads serve; a signal ends the process
        signal.pause()


def make_params(xllamacpp: Any, order: RunnerOrder) -> Any:
    """The engine's parameters for an order (its documentation: `llama-server --help`)."""
    spec = order.spec
    params = xllamacpp.CommonParams()
    params.model.path = spec.model
    params.hostnames = [order.socket]
    params.api_keys = [order.key]
    params.ui = False
    params.endpoint_slots = False
    params.verbosity = _VERBOSITY
    params.cache_ram_mib = _HOST_CACHE_MIB
    params.kv_unified = False
    params.n_parallel = spec.slots
    params.n_ctx = spec.n_ctx * spec.slots
    params.n_batch = params.n_ubatch = spec.n_batch
    params.ctx_shift = spec.context_shift
    gpu = bool(_accelerators())
    # Without a GPU the fitting pass only loads the model twice.
    params.fit_params = gpu and spec.gpu_layers < 0
    if spec.threads > 0:
        params.cpuparams.n_threads = spec.threads
        params.cpuparams_batch.n_threads = spec.threads
    if spec.gpu_layers >= 0:
        params.n_gpu_layers = spec.gpu_layers
    if spec.main_gpu is not None:
        params.main_gpu = spec.main_gpu
        params.split_mode = xllamacpp.llama_split_mode.LLAMA_SPLIT_MODE_NONE
    if spec.use_mmap is False:
        params.load_mode = xllamacpp.llama_load_mode.LLAMA_LOAD_MODE_NONE
    if spec.pooling == "mean":
        params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    params.embedding = True
    _set_attention(xllamacpp, params, spec)
    if spec.adapters:
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(path, 1.0) for path in spec.adapters]
    if spec.projector:
        params.mmproj.path = spec.projector
        params.mmproj_use_gpu = gpu
    return params


def _set_attention(xllamacpp: Any, params: Any, spec: RunnerSpec) -> None:
    if spec.flash_attention != "auto":
        kinds = xllamacpp.llama_flash_attn_type
        on = spec.flash_attention == "on"
        params.flash_attn_type = kinds.LLAMA_FLASH_ATTN_TYPE_ENABLED if on else kinds.LLAMA_FLASH_ATTN_TYPE_DISABLED
    if spec.kv_cache_type:
        kind = getattr(xllamacpp.ggml_type, f"GGML_TYPE_{spec.kv_cache_type.upper()}")
        params.cache_type_k = params.cache_type_v = kind


def _accelerators() -> list[dict[str, object]]:
    import xllamacpp

    kinds = xllamacpp.ggml_backend_dev_type
    gpus = (kinds.GGML_BACKEND_DEVICE_TYPE_GPU, kinds.GGML_BACKEND_DEVICE_TYPE_IGPU)
    return [
        {
            "name": device["description"],
            "bus": device["device_id"],
            "total": device["memory_total"],
            "free": device["memory_free"],
        }
        for device in xllamacpp.get_device_info()
        if device["type"] in gpus
    ]


if __name__ == "__main__":
    main()
