"""What loading a model would do: by the very functions by which the scheduler then decides. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from backend.scheduler import plan, policy
from backend.scheduler.placement import Share, place
from backend.scheduler.policy import Phase, Retire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend.engine.base import NodeInfo
    from backend.runner.log import MemoryUse
    from backend.runner.spec import RunnerSpec
    from backend.scheduler.demand import Demand
    from backend.scheduler.memory import Footprint
    from backend.scheduler.placement import Placement
    from backend.scheduler.plan import Plan
    from backend.scheduler.policy import Loaded
    from backend.settings import Settings

_MAPPED = "CPU_Mapped"  # the file's own pages, which the system counts as available all the time
_STEP = 256  # tokens: the engine rounds context lengths up to a multiple
_LONGEST = 1 << 20  # tokens, where the model does not say what it was trained for


@dataclass(frozen=True, slots=True)
class Held:
    """A runner, and the memory that its end gives back."""

    loaded: Loaded
    gives_back: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """One device, or the machine's own memory (`device` is `None`), as it would be. Bytes; `taken` is by others."""

    device: int | None
    name: str
    total: int
    taken: int
    share: Share

    @property
    def free(self) -> int:
        """What would be left; below 0 if it does not fit."""
        return self.total - self.taken - self.share.total


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a load would take and do.

    `loaded`: a runner serves it as it is, and nothing happens. `evicts`: ids of the runners that would be unloaded,
    in that order. `most_context`: the longest context that fits beside what stays, with as many layers on
    accelerators; 0 if none does. `refusal`: why it can never be loaded, or empty.
    """

    spec: RunnerSpec
    footprint: Footprint
    placement: Placement
    boxes: tuple[Box, ...]
    loaded: bool
    evicts: tuple[str, ...]
    most_context: int
    refusal: str

    @property
    def fits(self) -> bool:
        return all(box.free >= 0 for box in self.boxes)


def estimate(demand: Demand, held: Sequence[Held], node: NodeInfo, settings: Settings) -> Estimate:
    """For a demand that is not settled yet, on a node that holds these runners."""
    demand = plan.as_wanted(demand, settings, node)
    staying = [one for one in held if one.loaded.phase in {Phase.READY, Phase.LOADING}]
    node = _without(node, [one for one in held if one not in staying])
    evicts: list[str] = []
    while True:
        planned = plan.make(demand, "", settings, node)
        seen = [replace(one.loaded, phase=Phase.READY) for one in staying]
        decision = policy.decide(demand, planned.need, seen, plan.limits(node, settings))
        if not isinstance(decision, Retire):
            break
        node = _without(node, [one for one in staying if one.loaded.id == decision.runner])
        staying = [one for one in staying if one.loaded.id != decision.runner]
        evicts.append(decision.runner)
    placement = place(demand.facts, planned, node, settings)
    return Estimate(
        spec=planned.spec,
        footprint=planned.footprint,
        placement=placement,
        boxes=_boxes(placement.shares, node),
        loaded=any(one.loaded.demand.key == demand.key for one in staying),
        evicts=tuple(evicts),
        most_context=_most_context(demand, placement, node, settings),
        refusal=plan.refusal(planned.need, node),
    )


def gives_back(memory: MemoryUse | None, predicted: Plan) -> tuple[Share, ...]:
    """What the end of a runner frees, by the engine's own account if it gave one."""
    if memory is None:
        taken = predicted.footprint
        on_gpu = predicted.spec.main_gpu
        return (Share(on_gpu, 0 if on_gpu is None else taken.weights, taken.kv, taken.compute),)
    return tuple(
        Share(place.device, 0 if place.place == _MAPPED else place.weights, place.kv, place.compute)
        for place in memory.places
    )


def _without(node: NodeInfo, ended: Sequence[Held]) -> NodeInfo:
    """The node after the end of these runners."""
    freed: dict[int | None, int] = {}
    for one in ended:
        for share in one.gives_back:
            freed[share.device] = freed.get(share.device, 0) + share.total
    devices = tuple(
        replace(device, free=min(device.total, device.free + freed.get(device.index, 0))) for device in node.devices
    )
    available = min(node.memory_total, node.memory_available + freed.get(None, 0))
    return replace(node, memory_available=available, devices=devices)


def _boxes(shares: Sequence[Share], node: NodeInfo) -> tuple[Box, ...]:
    """Every accelerator, then the machine."""
    by_device = {share.device: share for share in shares}
    empty = Share(None, 0, 0, 0)
    boxes = [
        Box(device.index, device.name, device.total, device.total - device.free, by_device.get(device.index, empty))
        for device in node.devices
    ]
    taken = node.memory_total - node.memory_available
    return (*boxes, Box(None, "", node.memory_total, taken, by_device.get(None, empty)))


def _most_context(demand: Demand, placement: Placement, node: NodeInfo, settings: Settings) -> int:
    layers = placement.layers_on_gpu if node.devices else demand.options.num_gpu
    trained = demand.facts.trained_context or _LONGEST

    def fits(tokens: int) -> bool:
        options = replace(demand.options, num_ctx=min(tokens, trained), num_gpu=layers)
        planned = plan.make(replace(demand, options=options), "", settings, node)
        shares = place(demand.facts, planned, node, settings).shares
        return all(box.free >= 0 for box in _boxes(shares, node))

    low, high = 0, -(-trained // _STEP)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle * _STEP) else (low, middle - 1)
    return min(low * _STEP, trained)
