"""The accelerators that the user's llama-server can use, as it lists them, and where they sit in the machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from backend.llama_server import ask

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping
    from pathlib import Path

# `  CUDA0: NVIDIA H200 (143771 MiB, 143155 MiB free)`; the processor is not among them.
_DEVICE = re.compile(r"^ +(\S+): (.+) \((\d{1,12}) MiB, (\d{1,12}) MiB free\)\s*$", re.MULTILINE)
_CUDA = re.compile(r"CUDA(\d{1,3})")
_MIB = 1 << 20
_VISIBLE = "CUDA_VISIBLE_DEVICES"
_NOT_COUNTED = ("BLAS", "RPC")  # no memory of their own in this machine


def sort_devices(environ: MutableMapping[str, str]) -> None:
    """Make CUDA count devices as their driver does, so that they can be told apart; it would put the fastest first."""
    environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")


def list_devices(path: Path, environ: Mapping[str, str]) -> list[dict[str, object]]:
    """The accelerators in the binary's order. Raises `SettingsError` if it cannot be run."""
    found = [match for match in _DEVICE.finditer(ask(path, "--list-devices")) if not match[1].startswith(_NOT_COUNTED)]
    buses = _cuda_buses(environ) if any(_CUDA.fullmatch(match[1]) for match in found) else []
    return [
        {
            "name": match[2][:200],
            "bus": _bus(match[1], buses),
            "total": int(match[3]) * _MIB,
            "free": int(match[4]) * _MIB,
        }
        for match in found
    ]


def _bus(device: str, buses: list[str]) -> str:
    match = _CUDA.fullmatch(device)
    number = int(match[1]) if match else len(buses)
    return buses[number] if number < len(buses) else ""


def _cuda_buses(environ: Mapping[str, str]) -> list[str]:
    """PCI addresses of the devices that CUDA shows, in its order; none where that cannot be told."""
    if environ.get("CUDA_DEVICE_ORDER") != "PCI_BUS_ID":
        return []
    import pynvml

    try:
        pynvml.nvmlInit()
        count = pynvml.nvmlDeviceGetCount()
        buses = [pynvml.nvmlDeviceGetPciInfo(pynvml.nvmlDeviceGetHandleByIndex(index)).busId for index in range(count)]
    except pynvml.NVMLError:
        return []
    texts = [bus.decode() if isinstance(bus, bytes) else bus for bus in buses]
    if _VISIBLE not in environ:
        return texts
    chosen = [word.strip() for word in environ[_VISIBLE].split(",")]
    if not all(word.isdecimal() and int(word) < len(texts) for word in chosen):
        return []  # chosen by other names than numbers
    return [texts[int(word)] for word in chosen]
