"""The child that hosts ctransformers: `python -m backend.runner.ggml`, one `RunnerOrder` on stdin.

It serves the same part of llama-server's HTTP as the other engines, on the unix socket of the order. ctransformers is
imported here alone, and reads nothing but the model that it is given.
"""

from __future__ import annotations

import asyncio
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from backend.errors import BackendError
from backend.runner.child import read_order
from backend.runner.ggml_batch import batch
from backend.runner.ggml_file import ModelFile
from backend.runner.ggml_progress import progress
from backend.runner.words import overheard, say

if TYPE_CHECKING:
    from backend.runner.ggml_model import Model
    from backend.runner.spec import RunnerOrder, RunnerSpec

_MIB = 1 << 20
_ON_GPU = ("llama", "falcon")  # the families whose layers the library can put on an accelerator
_SHOWN_PROGRESS_S = 0.2


def main() -> None:
    """Load the model of the order, serve it, and end with the parent. Exit status 1 if it cannot be loaded."""
    order = read_order()
    try:
        model, size = load(order.spec)
    except (BackendError, OSError) as error:
        say("E", f"error loading model: {error}")
        os._exit(1)  # the library's own clean-up may fail
    asyncio.run(_serve(order, model, size))


def load(spec: RunnerSpec) -> tuple[Model, int]:
    """The model, and how many tokens it may evaluate at once. Raises `BackendError` with the reason, and `OSError`."""
    file = ModelFile.read(Path(spec.model), spec.model_type)
    gpu_layers = _gpu_layers(spec, file.family)
    from ctransformers.llm import LLM, Config

    from backend.runner.ggml_model import Model

    config = Config(context_length=spec.n_ctx, gpu_layers=gpu_layers, mmap=spec.use_mmap is not False)
    with overheard() as words, progress(file.size):
        try:
            engine = LLM(spec.model, file.model_type, config=config, lib="cuda" if gpu_layers else _library())
        except RuntimeError:
            engine = None
    if engine is None:
        reason = next((line for line in reversed(words) if line), "the engine does not say why")
        raise BackendError(f"ctransformers cannot load it as {file.family}: {reason}")
    model = Model(engine, threads=spec.threads)
    shape = file.shape(model.n_ctx)
    room = batch(shape, spec.n_batch) if file.computes_in_pool else None
    model.warm_up(room.reserve if room else 0)
    _tell(file, model, gpu_layers)
    return model, room.size if room else spec.n_batch


async def _serve(order: RunnerOrder, model: Model, batch_size: int) -> None:
    from aiohttp import web

    from backend.runner.ggml_server import Server

    server = Server(model, order.spec, order.key, batch_size)
    runner = web.AppRunner(server.app(), access_log=None, handler_cancellation=True)
    await runner.setup()
    await web.UnixSite(runner, order.socket).start()
    await asyncio.Event().wait()  # a signal or the end of the input ends the process


def _library() -> str | None:
    """The library for this processor, `None` where the package has to find out by itself."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return None
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    flags = set(next((line for line in text.splitlines() if line.startswith("flags")), "").split())
    if {"avx2", "fma", "f16c"} <= flags:
        return "avx2"
    return "avx" if {"avx", "f16c"} <= flags else "basic"


def _gpu_layers(spec: RunnerSpec, family: str) -> int:
    """How many layers go on an accelerator: those that are asked for, where the library for CUDA can be loaded."""
    if spec.gpu_layers <= 0:
        return 0
    if family not in _ON_GPU:
        say("W", f"models of the family {family} run on the processor alone")
        return 0
    if why := _against_cuda():
        say("W", f"no layers on an accelerator: {why}")
        return 0
    return spec.gpu_layers


def _against_cuda() -> str:
    """Why the library for CUDA cannot be used here; empty if it can. Without a device it would end the process."""
    import pynvml
    from ctransformers.llm import load_library

    try:
        pynvml.nvmlInit()
        if not pynvml.nvmlDeviceGetCount():
            return "the driver has no device"
        load_library("cuda", gpu=True)
    except (OSError, pynvml.NVMLError) as error:
        return str(error)
    return ""


def _tell(file: ModelFile, model: Model, gpu_layers: int) -> None:
    """What the model took, in the words that `LogRing` reads."""
    layers = file.layers + 1
    on_gpu = min(gpu_layers, layers)
    if on_gpu:
        say("I", f"offloaded {on_gpu}/{layers} layers to GPU")
        say("I", f"CUDA0 model buffer size = {file.size * on_gpu / layers / _MIB:.2f} MiB")
    say("I", f"CPU model buffer size = {file.size * (layers - on_gpu) / layers / _MIB:.2f} MiB")
    say("I", f"CPU KV buffer size = {file.cache_bytes * model.n_ctx / _MIB:.2f} MiB")


if __name__ == "__main__":
    main()
