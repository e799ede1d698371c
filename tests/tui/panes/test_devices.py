"""The gauges of the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from backend.wire.workstation import DeviceView, HolderView, Snapshot
from tests.tui.opened import NARROW, opened, press, settle, shown, until
from tests.tui.scripted import ScriptedBackend, runner
from tests.tui.scripted_monitor import GB, device
from tui.history import History
from tui.panes.devices import device_rows, shares

if TYPE_CHECKING:
    from tui.panes.rows import Row


def snapshot(*devices: DeviceView, cpu: float = 12.0) -> Snapshot:
    base = ScriptedBackend().snapshot
    return msgspec.structs.replace(base, devices=list(devices), cpu=cpu, cores=16, load=0.8)


def device_rows_of(name: str, width: int) -> list[Row]:
    """Rows of a device with a foreign name, in both forms."""
    foreign = device(name=name, models=[HolderView(model=name, memory=GB)])
    state = msgspec.structs.replace(snapshot(foreign), runners=[runner(name)])
    history = History()
    return [row for whole in (False, True) for row in device_rows(state, history, width, whole=whole)]


def texts(state: Snapshot, *, whole: bool, past: int = 0) -> list[str]:
    history = History()
    for second in range(past):
        history.note(second, shares(state))
    return [line for _, content in device_rows(state, history, 30, whole=whole) for line in content.plain.split("\n")]


def test_a_machine_without_accelerators_shows_processor_and_memory() -> None:
    cpu, ram = texts(snapshot(), whole=False, past=3)
    assert cpu.startswith("CPU ")
    assert cpu.endswith("▂▂▂  12 % load 0.8")
    assert ram.endswith("─ 3.0 of 8.0 GB")


def test_an_accelerator_has_use_heat_and_memory() -> None:
    use, memory, *_ = texts(snapshot(device()), whole=False, past=40)
    assert use.startswith("GPU0 ▅▅")
    assert use.endswith("▅▅  61 % 64° 412W")
    assert memory.endswith("─ 30.0 of 80 GB")


def test_many_accelerators_have_a_line_each() -> None:
    lines = texts(snapshot(*[device() for _ in range(8)]), whole=False, past=5)
    assert len(lines) == 8 + 2
    assert lines[7].startswith("GPU7 ")
    assert lines[7].endswith("61 % 30.0/80GB")


def test_with_the_focus_everything_is_told() -> None:
    lines = texts(snapshot(device()), whole=True)
    assert lines[0] == "GPU0 NVIDIA H100 80GB HBM3"
    assert lines[3] == " 64 °C · 412/700 W · 1755 MHz"
    assert lines[4] == "     gemma3:270m        5.0 GB"
    assert lines[5] == "     others              25 GB"
    assert "     16 cores" in lines


def test_what_a_driver_does_not_tell_is_left_out() -> None:
    silent = device(use=None, power=None, power_limit=None, temperature=None, clock=None, models=[], memory_total=0)
    for whole in (False, True):
        lines = texts(snapshot(silent), whole=whole)
        assert not any("None" in line for line in lines)
        assert any("not told" in line for line in lines)


def test_history_takes_a_figure_a_second_and_forgets_what_is_gone() -> None:
    history = History()
    for at in (0.0, 0.1, 0.5, 1.0, 2.0):
        history.note(at, {"a": at / 10})
    assert list(history.of("a")) == [0.0, 0.1, 0.2]
    history.note(3.0, {"b": 1.0})
    assert (list(history.of("a")), list(history.of("b"))) == ([], [1.0])
    for at in range(4, 500):
        history.note(at, {"b": 0.0})
    assert len(history.of("b")) == 120


async def test_the_pane_expands_with_the_focus_and_lies_over_a_narrow_chat() -> None:
    backend = ScriptedBackend("smollm2:135m")
    backend.snapshot.devices = [device(), device()]
    async with opened(backend, NARROW) as (app, pilot):
        assert "GPU0" not in shown(app)
        await press(pilot, "f10")
        assert "64 °C · 412/700 W · 1755 MHz" in shown(app)
        await press(pilot, "f10")
        assert app.panes.chat.prompt.has_focus
    async with opened(backend) as (app, pilot):
        height = app.panes.devices.region.height
        await press(pilot, "f10")
        assert app.panes.devices.region.height > height
        backend.tell(devices=[device(use=7.0), device()])
        await until(pilot, lambda: bool(app.workspace.snapshot and app.workspace.snapshot.devices[0].use == 7.0))
        await settle(pilot)
        assert "  7 %" in shown(app)
