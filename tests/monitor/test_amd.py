"""AMD devices over a folder that looks like sysfs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.monitor.amd import AmdDevices

if TYPE_CHECKING:
    from pathlib import Path

FIGURES = {
    "mem_info_vram_total": "17163091968",
    "mem_info_vram_used": "4294967296",
    "gpu_busy_percent": "37",
    "product_name": "AMD Radeon RX 7800 XT",
    "hwmon/hwmon3/power1_average": "91000000",
    "hwmon/hwmon3/power1_cap": "263000000",
    "hwmon/hwmon3/temp1_input": "54000",
    "hwmon/hwmon3/freq1_input": "2124000000",
}


def card(drm: Path, number: int, figures: dict[str, str]) -> None:
    """A card whose `device` is a link to its place on the bus."""
    place = drm / "devices" / f"0000:{number:02}:00.0"
    for name, text in figures.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text + "\n")
    (drm / f"card{number}").mkdir()
    (drm / f"card{number}" / "device").symlink_to(place)


def test_a_device_tells_everything(tmp_path: Path) -> None:
    card(tmp_path, 3, FIGURES)
    devices = AmdDevices.find(tmp_path)
    assert devices is not None
    (use,) = devices.sample()
    assert (use.name, use.kind, use.bus) == ("AMD Radeon RX 7800 XT", "amd", "0000:03:00.0")
    assert (use.memory_total, use.memory_used, use.use) == (17163091968, 4294967296, 37)
    assert (use.power, use.power_limit, use.temperature, use.clock) == (91, 263, 54, 2124)


def test_what_a_device_does_not_tell_is_left_out(tmp_path: Path) -> None:
    card(tmp_path, 0, {"mem_info_vram_total": "1000", "gpu_busy_percent": "nonsense"})
    card(tmp_path, 1, {"mem_info_vram_total": "2000", "hwmon/hwmon0/power1_input": "5000000"})
    devices = AmdDevices.find(tmp_path)
    assert devices is not None
    first, second = devices.sample()
    assert (first.name, first.memory_used, first.use, first.temperature) == ("AMD", 0, None, None)
    assert second.power == 5


def test_cards_of_others_are_none(tmp_path: Path) -> None:
    card(tmp_path, 0, {"vendor": "0x8086"})
    assert AmdDevices.find(tmp_path) is None
    assert AmdDevices.find(tmp_path / "none") is None
