"""The memory-bandwidth limit: to decode a token, its weights and the cache of its stream are read once. Pure.

That is the memory roof of the roofline model (Williams, Waterman and Patterson, 2009). Streams that decode together
share the reading of the weights; a mixture of experts reads more of them then, and so stays further below the limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.wire.workstation import MachineView, RooflineView, RunnerView


@dataclass(frozen=True, slots=True)
class Limit:
    """`weights`: bytes that one token reads, `kv`: bytes of cache for each token before it. `on_device`: the share of
    the layers that lies on accelerators. Bandwidths in bytes per second, `None` where they are unknown or not needed.
    """

    weights: int
    kv: float
    on_device: float
    memory_bandwidth: float | None
    device_bandwidth: float | None

    def rate(self, streams: int, depth: float) -> float | None:
        """The most tokens per second that so many streams can decode together with `depth` tokens before them."""
        seconds = 0.0
        read = self.weights + streams * depth * self.kv
        for share, bandwidth in (
            (1 - self.on_device, self.memory_bandwidth),
            (self.on_device, self.device_bandwidth),
        ):
            if share > 0:
                if not bandwidth:
                    return None
                seconds += read * share / bandwidth
        return streams / seconds if seconds > 0 else None


def on_device(runner: RunnerView) -> float:
    """The share of its layers that a runner has on accelerators.

    Not of its bytes: the table of embeddings stays with the processor, which looks up one row of it.
    """
    return min(1.0, runner.layers_on_gpu / runner.layers) if runner.layers else 0.0


def limit(runner: RunnerView, roofline: RooflineView, machine: MachineView) -> Limit:
    """The limit of a runner. Accelerators that differ have none: which of them reads what is not known."""
    tokens = runner.context_length * runner.slots
    rates = {device.bandwidth for device in machine.devices}
    return Limit(
        weights=roofline.weights,
        kv=runner.kv / tokens if tokens else 0.0,
        on_device=on_device(runner),
        memory_bandwidth=roofline.memory_bandwidth,
        device_bandwidth=rates.pop() if len(rates) == 1 else None,
    )
