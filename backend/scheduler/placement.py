"""Where a runner's memory will lie: layers on accelerators, the rest in the machine. Pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.scheduler.plan import usable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from backend.engine.base import Device, NodeInfo
    from backend.scheduler.demand import ModelFacts
    from backend.scheduler.plan import Plan
    from backend.settings import Settings

_MARGIN = 1 << 30  # bytes that the engine leaves free on each accelerator where it chooses the layers (`--fit-target`)


@dataclass(frozen=True, slots=True)
class Share:
    """Bytes of a runner in one place. `device` is the engine's index, `None` the machine's own memory."""

    device: int | None
    weights: int
    kv: int
    compute: int

    @property
    def total(self) -> int:
        return self.weights + self.kv + self.compute


@dataclass(frozen=True, slots=True)
class Placement:
    """`layers_on_gpu` of `layers`, the output being the last of them; both 0 without accelerators."""

    layers_on_gpu: int
    layers: int
    shares: tuple[Share, ...]


def place(facts: ModelFacts, planned: Plan, node: NodeInfo, settings: Settings) -> Placement:
    """As llama.cpp does it: layers over the accelerators in proportion to their free memory; as many as fit where the
    number is left to the engine.
    """
    spec, taken = planned.spec, planned.footprint
    if not node.devices:
        return Placement(0, 0, (Share(None, taken.weights, taken.kv, taken.compute),))
    chosen = [device for device in node.devices if spec.main_gpu in {None, device.index}]
    layers = max(facts.layers, 0) + 1
    rooms = {device.index: max(0, usable(device, settings) - _MARGIN) for device in chosen}

    def fits(count: int) -> bool:
        shares = _shares(facts, planned, chosen, count)
        return all(share.device is None or share.total <= rooms[share.device] for share in shares)

    wanted = min(spec.gpu_layers, layers) if spec.gpu_layers >= 0 else _most(layers, fits)
    return Placement(wanted, layers, _shares(facts, planned, chosen, wanted))


def _most(layers: int, fits: Callable[[int], bool]) -> int:
    """The greatest number up to `layers` that fits; a greater one never fits where a smaller one does not."""
    low, high = 0, layers
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def _shares(facts: ModelFacts, planned: Plan, devices: Sequence[Device], count: int) -> tuple[Share, ...]:
    """The shares of a runner whose last `count` layers lie on `devices`."""
    taken = planned.footprint
    shares: list[Share] = []
    blocks = max(facts.layers, 1)
    for device, number, has_output in _split(devices, count, blocks):
        part = number / blocks
        weights = int(facts.layer_bytes * part) + (facts.output_bytes if has_output else 0)
        shares.append(Share(device.index, weights, int(taken.kv * part), taken.compute))
    on_gpu = sum(share.weights for share in shares)
    kv = taken.kv - sum(share.kv for share in shares)
    whole = count > blocks
    rest = Share(None, max(0, taken.weights - on_gpu), 0 if whole else kv, 0 if whole else taken.compute)
    return (*shares, rest) if rest.total else tuple(shares)


def _split(devices: Sequence[Device], count: int, blocks: int) -> list[tuple[Device, int, bool]]:
    """The devices that get layers, how many blocks each, and whether the output is there, which is the last layer."""
    free = sum(device.free for device in devices) or 1
    parts: list[tuple[Device, int, bool]] = []
    seen = given = 0
    for device in devices:
        seen += device.free
        upto = count if device is devices[-1] else round(count * seen / free)
        number, given = upto - given, upto
        if number:
            has_output = upto == count and count > blocks and not any(output for *_, output in parts)
            parts.append((device, number - has_output, has_output))
    return parts
