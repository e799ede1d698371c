"""What an accelerator does at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class DeviceUse:
    """`None`: not told. Memory in bytes, `use` 0…100, power in W, temperature in °C, clock in MHz; `bus` is the PCI
    address; `bandwidth` bytes per second of its memory at most; `held` is memory by process id.
    """

    name: str
    kind: str
    bus: str
    memory_total: int
    memory_used: int
    use: float | None = None
    power: float | None = None
    power_limit: float | None = None
    temperature: float | None = None
    clock: float | None = None
    bandwidth: float | None = None
    held: Mapping[int, int] = field(default_factory=dict)


def bus_address(text: str) -> str:
    """A PCI address as the kernel writes it, `0000:01:00.0`: drivers pad its first part differently."""
    domain, _, rest = text.lower().partition(":")
    return f"{domain[-4:].rjust(4, '0')}:{rest}" if rest else text.lower()
