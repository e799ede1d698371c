"""Which GPUs the machine has, and whether their driver can be used. Nothing here needs a driver to be there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_PCI_VENDORS = {"0x10de": "NVIDIA", "0x1002": "AMD", "0x8086": "Intel"}


@dataclass(frozen=True, slots=True)
class Gpus:
    """`vendors` are those of the cards that the system sees, `names` what NVIDIA's driver calls its own.

    `driver` is that driver's version, `cuda` the newest CUDA it can run, as 1000·major + 10·minor; 0 if there is none.
    `error` says why the driver could not be asked.
    """

    vendors: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    driver: str = ""
    cuda: int = 0
    error: str = ""

    @property
    def cuda_text(self) -> str:
        """As NVIDIA writes it: `12.8`."""
        return f"{self.cuda // 1000}.{self.cuda % 1000 // 10}"


def find_gpus(drm: Path = Path("/sys/class/drm")) -> Gpus:
    """Ask the system, then NVIDIA's driver. That may take seconds, or for ever with a broken driver."""
    vendors = _vendors(drm)
    try:
        import pynvml
    except ImportError as error:
        return Gpus(vendors, error=str(error))
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        return Gpus(vendors, error=str(error))
    try:
        count = pynvml.nvmlDeviceGetCount()
        names = tuple(
            _text(pynvml.nvmlDeviceGetName(pynvml.nvmlDeviceGetHandleByIndex(place))) for place in range(count)
        )
        driver, cuda = _text(pynvml.nvmlSystemGetDriverVersion()), int(pynvml.nvmlSystemGetCudaDriverVersion_v2())
    except pynvml.NVMLError as error:
        return Gpus(vendors, error=str(error))
    finally:
        pynvml.nvmlShutdown()
    return Gpus(tuple(dict.fromkeys((*vendors, "NVIDIA"))) if names else vendors, names, driver, cuda)


def _vendors(drm: Path) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for path in sorted(drm.glob("card[0-9]*/device/vendor")):
        try:
            found.setdefault(_PCI_VENDORS.get(path.read_text("ascii").strip(), ""))
        except (OSError, ValueError):
            continue
    return tuple(vendor for vendor in found if vendor)


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
