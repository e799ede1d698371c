"""What devices, logs and plans look like, at two sizes and in three themes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.wire.workstation import EndedView, EvictionView, PlaceView
from tests.tui.opened import make
from tests.tui.pictured import IN_SIZES, IN_THEMES, keys
from tests.tui.scripted import ScriptedBackend, request, runner
from tests.tui.scripted_monitor import GB, box, device, estimate
from tui.screens.engine_log import EngineLog
from tui.screens.planner import Planner
from tui.screens.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import Screen

SCREENS = [
    pytest.param(Workbench, ("f10",), id="devices"),
    pytest.param(Workbench, ("f3",), id="running"),
    pytest.param(EngineLog, ("f3", "l"), id="log"),
    pytest.param(Planner, ("f2", "P"), id="plan"),
]
LINES = [
    "0.00.024.766 I llama_model_loader: loaded meta data with 41 key-value pairs and 272 tensors",
    "0.00.214.334 I load_tensors:        CUDA0 model buffer size = 16212.10 MiB",
    "0.00.220.410 I llama_kv_cache:      CUDA0 KV buffer size =  3840.00 MiB",
    "0.00.358.000 W common_init_: KV cache shifting is not supported for this context",
    "0.00.609.298 I srv  init: model loaded",
]


def gpu_box() -> ScriptedBackend:
    """Two GPUs, a model on one of them with two requests, one that failed, and a load that does not fit."""
    backend = ScriptedBackend("gemma3:27b", "qwen3:8b")
    state = backend.snapshot
    state.cores, state.load = 64, 3.2
    state.devices = [device(), device(use=97.0, memory_used=78 * GB, temperature=83.0, models=[])]
    place = PlaceView(device="CUDA0", weights=17 * GB, kv=4 * GB, compute=GB)
    figures = {"weights": 17 * GB, "kv": 4 * GB, "places": [place], "layers_on_gpu": 63, "layers": 63}
    state.runners = [runner("gemma3:27b", active=2, queued=1, tokens_per_second=84.0, **figures)]
    state.requests = [
        request("gemma3:27b", client="ollama-python/0.6", address="10.0.0.7", first_token=0.31),
        request("gemma3:27b", id="q2", state="prefill", tokens=0, tokens_per_second=0.0, prompt_total=8000),
    ]
    state.ended = [EndedView(id="x", model="qwen3:8b", reason="error loading model: no tensor", ago=75.0)]
    backend.monitor.logs["r-gemma3:27b"] = LINES
    full = {"total": 80 * GB, "weights": 40 * GB, "kv": 12 * GB, "compute": 2 * GB}
    backend.monitor.estimated = estimate(
        layers=63,
        layers_on_gpu=40,
        boxes=[box("NVIDIA H100 80GB HBM3", taken=30 * GB, **full), box(total=256 * GB, taken=20 * GB)],
        fits=False,
        evicts=[EvictionView(runner="r", model="gemma3:27b", busy=True)],
        most_context=2048,
    )
    return backend


@IN_THEMES
@IN_SIZES
@pytest.mark.parametrize(("shows", "pressed"), SCREENS)
def test_screen(
    snap_compare: Callable[..., bool],
    shows: type[Screen[object]],
    pressed: tuple[str, ...],
    size: tuple[int, int],
    theme: str,
) -> None:
    app = make(gpu_box(), theme)
    assert snap_compare(app, terminal_size=size, run_before=keys(app, shows, *pressed))
