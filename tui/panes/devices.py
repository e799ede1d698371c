"""The machine: accelerators, processor and memory, as gauges with what they showed before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from tui.history import History
from tui.panes.rows import Row, Rows
from tui.quantity import bar, count, fit, of_size, size, spark
from tui.terminal.sanitize import clean_line
from tui.workspace import shown_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events

    from backend.wire.workstation import DeviceView, Snapshot
    from tui.workspace import Workspace

_MANY = 2  # accelerators that have two lines each; more have one until the pane has the focus
_LABEL = 5  # cells
_HIGH, _FULL = 0.8, 0.95


class DevicesPane(Rows):
    """A row for each device. While it has the focus, everything that is known of them."""

    DEFAULT_CSS = """
    DevicesPane { height: 4; max-height: 14; }
    DevicesPane:focus { max-height: 70%; }
    """
    BORDER_TITLE = "Devices"

    def __init__(self, workspace: Workspace, now: Callable[[], float]) -> None:
        super().__init__(id="devices", classes="pane")
        self._workspace = workspace
        self._now = now
        self._history = History()
        self._whole = False  # as if it had the focus: the widget's own flag changes after its events

    def refresh_rows(self) -> None:
        """Show what the workspace knows now."""
        snapshot = self._workspace.snapshot
        if snapshot is None:
            self.show([], "CPU …\nRAM …")
            return
        self._history.note(self._now(), shares(snapshot))
        rows = device_rows(snapshot, self._history, self.room, whole=self._whole)
        self.show(rows, "")
        self.styles.height = sum(text.plain.count("\n") + 1 for _, text in rows) + 2  # and the frame

    def on_focus(self, event: events.Focus) -> None:
        """There is room for everything."""
        self._whole = True
        self.refresh_rows()

    def on_blur(self, event: events.Blur) -> None:
        """The other panes need the room."""
        self._whole = False
        self.refresh_rows()

    def on_resize(self, event: events.Resize) -> None:
        """Gauges are as wide as there is room."""
        self.refresh_rows()


def shares(snapshot: Snapshot) -> dict[str, float]:
    """What is noted of a moment: the use of each device and of the processor, 0…1."""
    noted = {f"gpu {index}": (device.use or 0.0) / 100 for index, device in enumerate(snapshot.devices)}
    return noted | {"cpu": snapshot.cpu / 100}


def device_rows(snapshot: Snapshot, history: History, width: int, *, whole: bool) -> list[Row]:
    """Accelerators, then processor and memory. `whole`: with everything that is known."""
    rows: list[Row] = []
    for index, device in enumerate(snapshot.devices):
        past = spark(history.of(f"gpu {index}"), _past_width(width))
        if whole:
            content = _whole_device(index, device, past, width)
        elif len(snapshot.devices) <= _MANY:
            content = _two_lines(index, device, past, width)
        else:
            content = _one_line(index, device, past, width)
        rows.append((f"gpu {index}", content))
    rows.append(("cpu", _cpu(snapshot, spark(history.of("cpu"), _past_width(width)), width, whole=whole)))
    rows.append(("ram", _ram(snapshot, width, whole=whole)))
    return rows


def _past_width(width: int) -> int:
    return max(4, width - 20)


def _two_lines(index: int, device: DeviceView, past: str, width: int) -> Content:
    lines = [_use_line(f"GPU{index}", device.use, past, " ".join(_heat(device)), width)]
    return Content("\n").join([*lines, _memory_line("", device.memory_used, device.memory_total, width)])


def _one_line(index: int, device: DeviceView, past: str, width: int) -> Content:
    memory = of_size(device.memory_used, device.memory_total).replace(" of ", "/").replace(" ", "")
    return _use_line(f"GPU{index}", device.use, past[6:], memory, width)


def _whole_device(index: int, device: DeviceView, past: str, width: int) -> Content:
    name = fit(clean_line(device.name), width - 6)
    lines = [
        Content.assemble((f"GPU{index}", "bold"), " ", (name, "$muted")),
        _use_line(" use", device.use, past, "", width),
        _memory_line(" mem", device.memory_used, device.memory_total, width),
    ]
    if figures := " · ".join(_figures(device)):
        lines.append(Content.styled(fit(f" {figures}", width), "$muted"))
    lines += [_holder_line(shown_name(one.model), one.memory, width) for one in device.models]
    rest = device.memory_used - sum(one.memory for one in device.models)
    if device.models and rest > 0:
        lines.append(_holder_line("others", rest, width))
    return Content("\n").join(lines)


def _cpu(snapshot: Snapshot, past: str, width: int, *, whole: bool) -> Content:
    load = f"load {snapshot.load:.1f}" if snapshot.cores else ""
    line = _use_line("CPU", snapshot.cpu, past, load, width)
    if not whole or not snapshot.cores:
        return line
    about = f"{' ' * _LABEL}{count(snapshot.cores)} cores"
    return Content("\n").join([line, Content.styled(fit(about, width), "$muted")])


def _ram(snapshot: Snapshot, width: int, *, whole: bool) -> Content:
    line = _memory_line("RAM", snapshot.memory_total - snapshot.memory_available, snapshot.memory_total, width)
    held = [(shown_name(one.model), one.resident) for one in snapshot.runners if one.resident]
    if not whole or not held:
        return line
    return Content("\n").join([line, *(_holder_line(name, memory, width) for name, memory in held)])


def _use_line(label: str, use: float | None, past: str, more: str, width: int) -> Content:
    """Label, history, percent, and `more` if there is room."""
    percent = "" if use is None else f"{use:3.0f} %"
    room = width - _LABEL - 1 - len(percent)
    if more and cell_len(more) + 6 <= room:
        past, more = past[-(room - cell_len(more) - 1) :], f" {more}"
    else:
        past, more = past[-room:], ""
    gap = " " * max(0, room - cell_len(past) - cell_len(more))
    style = _load_style((use or 0.0) / 100)
    name = (label.ljust(_LABEL), "$muted")
    return Content.assemble(name, gap, (past, style), " ", (percent, style), (more, "$muted"))


def _memory_line(label: str, used: float, total: float, width: int) -> Content:
    share = used / total if total else 0.0
    text = of_size(used, total) if total else "not told"
    room = max(0, width - _LABEL - cell_len(text) - 1)
    return Content.assemble((label.ljust(_LABEL), "$muted"), (bar(share, room), _load_style(share)), " ", text)


def _holder_line(name: str, memory: float, width: int) -> Content:
    amount = size(memory)
    name = fit(name, width - len(amount) - 6)
    gap = " " * max(1, width - 5 - cell_len(name) - len(amount))
    return Content.styled(f"     {name}{gap}{amount}", "$muted")


def _heat(device: DeviceView) -> list[str]:
    parts = []
    if device.temperature is not None:
        parts.append(f"{device.temperature:.0f}°")
    if device.power is not None:
        parts.append(f"{device.power:.0f}W")
    return parts


def _figures(device: DeviceView) -> list[str]:
    parts = []
    if device.temperature is not None:
        parts.append(f"{device.temperature:.0f} °C")
    if device.power is not None:
        limit = f"/{device.power_limit:.0f}" if device.power_limit else ""
        parts.append(f"{device.power:.0f}{limit} W")
    if device.clock is not None:
        parts.append(f"{device.clock:.0f} MHz")
    return parts


def _load_style(share: float) -> str:
    return "$error" if share > _FULL else "$warning" if share > _HIGH else "$primary"
