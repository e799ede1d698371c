"""NVIDIA devices over a pretended driver's library."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from backend.monitor.device import bus_address
from backend.monitor.nvidia import NvidiaDevices
from tests.fakes.nvml import FakeNvml, Gpu

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def found(monkeypatch: pytest.MonkeyPatch, folder: Path, nvml: FakeNvml) -> NvidiaDevices | None:
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    return NvidiaDevices.find([folder])


def test_a_device_tells_everything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    devices = found(monkeypatch, tmp_path, FakeNvml(Gpu(processes={77: 5 << 30, 78: None})))
    assert devices is not None
    (use,) = devices.sample()
    assert (use.name, use.kind, use.bus) == ("NVIDIA H100 80GB HBM3", "nvidia", "0000:01:00.0")
    assert (use.memory_total, use.memory_used, use.use) == (80 << 30, 30 << 30, 61)
    assert (use.power, use.power_limit, use.temperature, use.clock) == (412.0, 700.0, 64, 1755)
    assert use.bandwidth == 2 * 2619e6 * 5120 / 8  # 3.35 TB/s, as its maker says
    assert use.held == {77: 5 << 30}


def test_what_a_device_does_not_support_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    silent = Gpu(total=None, use=None, power=None, limit=None, temperature=None, clock=None, memory_clock=None)
    devices = found(monkeypatch, tmp_path, FakeNvml(silent, Gpu(name="second")))
    assert devices is not None
    first, second = devices.sample()
    assert (first.use, first.power, first.power_limit, first.temperature, first.clock) == (None,) * 5
    assert first.bandwidth is None
    assert (first.memory_total, first.memory_used) == (0, 0)
    assert second.name == "second"


def test_without_a_driver_the_library_is_not_imported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)  # then importing it raises
    assert NvidiaDevices.find([tmp_path / "none"]) is None


def test_a_driver_that_does_not_start_has_no_devices(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert found(monkeypatch, tmp_path, FakeNvml(Gpu(), starts=False)) is None


def test_addresses_of_devices_are_written_in_one_way() -> None:
    assert bus_address("00000000:C1:00.0") == bus_address("0000:c1:00.0") == "0000:c1:00.0"
    assert bus_address("") == ""
