"""The text of `puna top`."""

from __future__ import annotations

from backend.wire.downloads import DownloadView
from backend.wire.workstation import DeviceView, EndedView, RequestView, RunnerView, Snapshot
from tui.commands.running_text import running_lines

GB = 10**9


def snapshot(**more: object) -> Snapshot:
    machine = {"memory_total": 16 * GB, "memory_available": 12 * GB, "cpu": 23.4, "cores": 8, "load": 1.5}
    fields = {"version": "1", "models_revision": 1, "runners": [], "requests": [], **machine, **more}
    return Snapshot(**fields)  # type: ignore[arg-type] # fields by their names


def runner(**more: object) -> RunnerView:
    figures = {"size": 2 * GB, "size_vram": GB, "resident": 0, "context_length": 8192, "slots": 4, "active": 1}
    fields = {"id": "r", "model": "gemma3:4b", "state": "ready", "engine": "llama.cpp", "progress": 1.0, **figures}
    rest = {"queued": 2, "tokens_per_second": 84.2, "expires_in": 271.0}
    return RunnerView(**{**fields, **rest, **more})  # type: ignore[arg-type] # fields by their names


def test_where_nothing_runs_it_says_what_to_do() -> None:
    assert list(running_lines(snapshot())) == [
        "CPU  23 %  8 cores, load 1.5",
        "RAM  25 %  4.0 of 16 GB",
        "",
        "Nothing is loaded. A model loads when somebody first writes to it: puna run MODEL.",
    ]


def test_models_requests_downloads_and_failures_are_tables() -> None:
    request = RequestView(
        id="1",
        model="gemma3:4b",
        kind="chat",
        client="ollama-python",
        state="decode",
        prompt_tokens=1200,
        tokens=42,
        tokens_per_second=9.91,
        elapsed=5.2,
        first_token=0.25,
    )
    download = DownloadView(
        id="d",
        model="smollm2:latest",
        source="smollm2",
        state="running",
        doing="",
        completed=25,
        total=100,
        rate=2e6,
        left=75.0,
        reason="",
        retry_in=None,
    )
    device = DeviceView(
        name="H200", kind="nvidia", memory_total=150 * GB, memory_used=30 * GB, use=61.0, power=320.4, temperature=54.0
    )
    ended = EndedView(id="e", model="bad", reason="no\x1b[2J\nmemory", ago=61.0)
    loading = runner(model="a:latest", state="loading", progress=0.4, size_vram=0, expires_in=None, queued=0, active=0)
    now = snapshot(
        runners=[runner(), loading], requests=[request], downloads=[download], devices=[device], ended=[ended]
    )
    assert list(running_lines(now)) == [
        "GPU0  61 %  30.0 of 150 GB, 320 W, 54 °C  H200",
        "CPU   23 %  8 cores, load 1.5",
        "RAM   25 %  4.0 of 16 GB",
        "",
        "MODEL      STATE         SIZE    ON        SLOTS  CONTEXT  TOK/S  LEFT",
        "a          loading 40 %  2.0 GB  CPU       0/4    8192     84",
        "gemma3:4b  ready         2.0 GB  GPU 50 %  1/4+2  8192     84     4:31",
        "",
        "REQUEST  MODEL      CLIENT         STATE   TOKENS    TOK/S  FIRST  TIME",
        "chat     gemma3:4b  ollama-python  decode  1,200>42  9.9    0.2 s  0:06",
        "",
        "DOWNLOAD  STATE    DONE  SIZE   RATE      LEFT",
        "smollm2   running  25 %  100 B  2.0 MB/s  1:15",
        "",
        "FAILED  AGO   WHY",
        "bad     1:01  no[2J memory",
    ]


def test_a_machine_that_tells_nothing_of_its_memory_divides_by_nothing() -> None:
    assert next(iter(running_lines(snapshot(memory_total=0, memory_available=0)))).startswith("CPU")
