"""AMD accelerators by what the kernel's `amdgpu` driver shows in sysfs.

File names and units: the kernel's documentation, "AMDGPU sysfs and hwmon interfaces".
"""

from __future__ import annotations

from pathlib import Path

from backend.monitor.device import DeviceUse

_DRM = Path("/sys/class/drm")
_MOST_BYTES = 256  # of a file of sysfs that holds one figure or one name


class AmdDevices:
    """Every AMD device with memory of its own. Whatever the driver does not tell is left out."""

    def __init__(self, folders: list[Path]) -> None:
        self._folders = folders

    @classmethod
    def find(cls, drm: Path = _DRM) -> AmdDevices | None:
        """The devices, or `None` if there are none."""
        cards = sorted(drm.glob("card[0-9]*/device"))
        folders = [card for card in cards if _number(card / "mem_info_vram_total")]
        return cls(folders) if folders else None

    def sample(self) -> list[DeviceUse]:
        """What they do now."""
        return [_use(folder) for folder in self._folders]


def _use(folder: Path) -> DeviceUse:
    sensors = next(iter(sorted(folder.glob("hwmon/hwmon*"))), folder)
    watts = _scaled(sensors / "power1_average", 1e6)
    return DeviceUse(
        name=_text(folder / "product_name") or "AMD",
        kind="amd",
        bus=folder.resolve().name.lower(),
        memory_total=_number(folder / "mem_info_vram_total") or 0,
        memory_used=_number(folder / "mem_info_vram_used") or 0,
        use=_scaled(folder / "gpu_busy_percent", 1),
        power=watts if watts is not None else _scaled(sensors / "power1_input", 1e6),
        power_limit=_scaled(sensors / "power1_cap", 1e6),
        temperature=_scaled(sensors / "temp1_input", 1e3),
        clock=_scaled(sensors / "freq1_input", 1e6),
    )


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).decode("utf-8", "replace").strip()
    except OSError:
        return ""


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text.isascii() and text.isdecimal() else None


def _scaled(path: Path, unit: float) -> float | None:
    number = _number(path)
    return None if number is None else number / unit
