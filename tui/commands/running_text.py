"""What runs on a backend at one moment, as lines of text: for `puna top`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tui.commands import table
from tui.commands.table import shortened
from tui.quantity import clock, count, of_size, percent, size
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend.wire.downloads import DownloadView
    from backend.wire.workstation import DeviceView, EndedView, RequestView, RunnerView, Snapshot

_NAME_WIDTH = 28  # cells
_NOTHING = "Nothing is loaded. A model loads when somebody first writes to it: puna run MODEL."


def running_lines(snapshot: Snapshot) -> Iterator[str]:
    """The machine, then what is there of: loaded models, live requests, downloads, and runners that failed."""
    yield from _rows(_machine(snapshot))
    yield ""
    if snapshot.runners:
        yield from _rows([_RUNNER_HEADER, *map(_runner, sorted(snapshot.runners, key=lambda one: one.model))])
    else:
        yield _NOTHING
    if snapshot.requests:
        yield ""
        yield from _rows([_REQUEST_HEADER, *map(_request, snapshot.requests)])
    if downloads := [one for one in snapshot.downloads if one.state != "done"]:
        yield ""
        yield from _rows([_DOWNLOAD_HEADER, *map(_download, downloads)])
    if snapshot.ended:
        yield ""
        yield from _rows([_ENDED_HEADER, *map(_ended, snapshot.ended)])


def _rows(rows: Sequence[Sequence[str]]) -> list[str]:
    """Closer together than the tables of Ollama's commands: there is more to tell in 80 columns."""
    return table.format_rows(rows, gap=2)


def _machine(snapshot: Snapshot) -> list[tuple[str, ...]]:
    used = snapshot.memory_total - snapshot.memory_available
    rows = [_device(index, device) for index, device in enumerate(snapshot.devices)]
    about = f"{snapshot.cores} cores, load {snapshot.load:.1f}" if snapshot.cores else ""
    rows.append(("CPU", f"{snapshot.cpu:.0f} %", about))
    if snapshot.memory_total:
        rows.append(("RAM", percent(used / snapshot.memory_total), of_size(used, snapshot.memory_total)))
    return rows


def _device(index: int, device: DeviceView) -> tuple[str, ...]:
    use = "" if device.use is None else f"{device.use:.0f} %"
    figures = [
        of_size(device.memory_used, device.memory_total) if device.memory_total else "",
        "" if device.power is None else f"{device.power:.0f} W",
        "" if device.temperature is None else f"{device.temperature:.0f} °C",
    ]
    return f"GPU{index}", use, ", ".join(filter(None, figures)), shortened(device.name, _NAME_WIDTH)


_RUNNER_HEADER = ("MODEL", "STATE", "SIZE", "ON", "SLOTS", "CONTEXT", "TOK/S", "LEFT")


def _runner(runner: RunnerView) -> tuple[str, ...]:
    state = f"{runner.state} {percent(runner.progress)}" if runner.state == "loading" else runner.state
    waiting = f"+{runner.queued}" if runner.queued else ""
    return (
        _name(runner.model),
        state,
        size(runner.size),
        _place(runner),
        f"{runner.active}/{runner.slots}{waiting}",
        str(runner.context_length),
        _rate(runner.tokens_per_second),
        _left(runner),
    )


def _place(runner: RunnerView) -> str:
    if not runner.size_vram:
        return "CPU"
    return "GPU" if runner.size_vram >= runner.size else f"GPU {percent(runner.size_vram / runner.size)}"


def _left(runner: RunnerView) -> str:
    if runner.pinned:
        return "kept"
    if runner.expires_in is None or not math.isfinite(runner.expires_in):
        return ""
    return clock(runner.expires_in)


_REQUEST_HEADER = ("REQUEST", "MODEL", "CLIENT", "STATE", "TOKENS", "TOK/S", "FIRST", "TIME")


def _request(request: RequestView) -> tuple[str, ...]:
    read = count(request.prompt_tokens)
    if request.prompt_total and not request.tokens:
        read += f"/{count(request.prompt_total)}"
    return (
        request.kind,
        _name(request.model),
        shortened(f"{request.client} {request.address}".strip(), _NAME_WIDTH // 2),
        request.state,
        f"{read}>{count(request.tokens)}" if request.tokens else read,
        _rate(request.tokens_per_second or request.prefill_per_second),
        "" if request.first_token is None else f"{request.first_token:.1f} s",
        clock(request.elapsed),
    )


_DOWNLOAD_HEADER = ("DOWNLOAD", "STATE", "DONE", "SIZE", "RATE", "LEFT")


def _download(download: DownloadView) -> tuple[str, ...]:
    known = download.total > 0
    return (
        _name(download.model),
        download.state,
        percent(download.completed / download.total) if known else "",
        size(download.total) if known else "",
        f"{size(download.rate)}/s" if download.rate else "",
        "" if download.left is None else clock(download.left),
    )


_ENDED_HEADER = ("FAILED", "AGO", "WHY")


def _ended(ended: EndedView) -> tuple[str, ...]:
    return _name(ended.model), clock(ended.ago), clean_line(ended.reason)


def _name(model: str) -> str:
    return shortened(model.removesuffix(":latest"), _NAME_WIDTH)


def _rate(per_second: float) -> str:
    if per_second <= 0:
        return ""
    return f"{per_second:.0f}" if per_second >= 9.95 else f"{per_second:.1f}"
