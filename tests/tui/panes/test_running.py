"""The rows of runners and requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.wire.workstation import EndedView, PlaceView
from tests.tui.scripted import request, runner
from tui.panes.running import ended_row, request_row, runner_row

if TYPE_CHECKING:
    from tui.panes.rows import Row

MB = 1_000_000


def running_rows(name: str, other: str, width: int) -> list[Row]:
    """Every kind of row, with foreign text wherever there may be some."""
    place = PlaceView(device=name, weights=1, kv=1, compute=1)
    return [
        runner_row(runner(name, state=other, places=[place]), width, 0),
        runner_row(runner(name, state="loading", progress=0.4), width, 0),
        request_row(request(name, kind=other, state=name, client=other, address=name), width),
        ended_row(EndedView(id="x", model=name, reason=other, ago=3.0), width),
    ]


def lines(row: Row) -> list[str]:
    return row[1].plain.split("\n")


def test_a_runner_tells_memory_place_slots_pace_and_time_left() -> None:
    places = [PlaceView(device="CPU_Mapped", weights=92 * MB, kv=0, compute=0)]
    view = runner("m", weights=92 * MB, kv=360 * MB, places=places, tokens_per_second=84.0, active=1, queued=2)
    view.engine_reason = "reads GGUF files"
    shown = lines(runner_row(view, 32, 1.0))
    assert shown[0] == "m                          ready"
    assert shown[1:] == [
        "  weights 92 MB · KV 360 MB",
        "  llama.cpp · reads GGUF files",
        "  on CPU · holds 312 MB",
        "  1/4 slots · 2 wait · ctx 8,192",
        "  84 tok/s · 4:30 left",
    ]


def test_a_runner_on_accelerators_tells_which_and_how_much_of_it() -> None:
    devices = ("CPU_Mapped", "CUDA0", "CUDA1", "CUDA_Host")
    places = [PlaceView(device=device, weights=1, kv=0, compute=0) for device in devices]
    view = runner("m", places=places, layers_on_gpu=20, layers=33, pinned=True, prefill_per_second=512.0)
    shown = lines(runner_row(view, 32, 0))
    assert shown[3] == "  on CUDA0 CUDA1 · 20/33 layers"
    assert shown[5] == "  reads 512/s · kept"


def test_a_loading_runner_shows_how_far_and_what_is_expected() -> None:
    view = runner("m", state="loading", progress=0.5, resident=0, expires_in=None, weights=92 * MB, kv=3 * MB)
    shown = lines(runner_row(view, 30, 0))
    assert "50 %" in shown[1]
    assert shown[2:] == ["  weights ~92 MB · KV ~3.0 MB"]


def test_a_request_tells_for_whom_how_much_and_how_fast() -> None:
    view = request("m", client="ollama-python/0.6", address="10.0.0.7", first_token=0.31)
    assert lines(request_row(view, 60)) == [
        "  ▸ chat · ollama-python/0.6 10.0.0.7",
        "    40→120 · 84/s · ttft 0.3 s",
    ]


def test_a_prompt_that_is_read_shows_how_far() -> None:
    view = request("m", state="prefill", tokens=0, prompt_tokens=1200, prompt_total=8000, prefill_per_second=512.0)
    assert lines(request_row(view, 60))[1] == "    1,200/8,000 tok · 512/s"
    waiting = request("m", state="queued", tokens=0, prompt_tokens=0)
    assert lines(request_row(waiting, 60)) == ["  ▸ chat · queued · 127.0.0.1"]


def test_a_failure_tells_when_and_why() -> None:
    row = ended_row(EndedView(id="x", model="m:latest", reason="no memory", ago=65.0), 30)
    assert lines(row) == ["m              failed 1:05 ago", "  no memory"]
