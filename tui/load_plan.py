"""What a model is to be loaded with, as it is changed step by step. Pure: no widget, no backend."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from backend.wire.workstation import LoadRequest
from tui.quantity import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backend.wire.workstation import EstimateView

T = TypeVar("T", int, str)
_CACHE_TYPES = ("f16", "q8_0", "q4_0")
_SLOTS = (1, 2, 4, 8, 16)
_LEAST_CONTEXT = 256
_UNTRAINED = 1 << 20  # tokens, where the model does not say what it was trained for


class Knob(Enum):
    """What can be changed."""

    CONTEXT = "context"
    CACHE = "KV cache type"
    LAYERS = "layers on GPU"
    SLOTS = "slots"


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """`None` leaves a value to the model and the backend. `options` go along unchanged."""

    model: str
    num_ctx: int | None = None
    kv_cache_type: str | None = None
    num_gpu: int | None = None
    num_parallel: int | None = None
    options: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, model: str, options: Mapping[str, Any]) -> LoadPlan:
        """A plan that begins with the user's options."""
        rest = tuple((key, value) for key, value in options.items() if key not in {"num_ctx", "num_gpu"})
        return cls(model, num_ctx=options.get("num_ctx"), num_gpu=options.get("num_gpu"), options=rest)

    def request(self, keep_alive: str | float | None = None) -> LoadRequest:
        """The body of an estimate or a load."""
        own = {"num_ctx": self.num_ctx, "num_gpu": self.num_gpu}
        chosen = {key: value for key, value in own.items() if value is not None}
        return LoadRequest(
            model=self.model,
            options={**dict(self.options), **chosen},
            kv_cache_type=self.kv_cache_type,
            num_parallel=self.num_parallel,
            keep_alive=keep_alive,
        )

    def knobs(self, seen: EstimateView) -> list[Knob]:
        """What can be changed on this machine."""
        return [knob for knob in Knob if knob is not Knob.LAYERS or seen.layers]

    def turned(self, knob: Knob, up: bool, seen: EstimateView) -> LoadPlan:
        """One step more or less, beginning at what the backend would take by itself."""
        match knob:
            case Knob.CONTEXT:
                return replace(self, num_ctx=_next_context(seen.num_ctx, up, seen.trained_context or _UNTRAINED))
            case Knob.CACHE:
                return replace(self, kv_cache_type=_neighbour(_CACHE_TYPES, seen.kv_cache_type or "f16", up))
            case Knob.LAYERS:
                now = seen.layers_on_gpu if self.num_gpu is None else min(self.num_gpu, seen.layers)
                return replace(self, num_gpu=min(max(now + (1 if up else -1), 0), seen.layers))
            case Knob.SLOTS:
                return replace(self, num_parallel=_neighbour(_SLOTS, seen.num_parallel, up))

    def released(self, knob: Knob) -> LoadPlan:
        """Leave a value to the backend again."""
        match knob:
            case Knob.CONTEXT:
                return replace(self, num_ctx=None)
            case Knob.CACHE:
                return replace(self, kv_cache_type=None)
            case Knob.LAYERS:
                return replace(self, num_gpu=None)
            case Knob.SLOTS:
                return replace(self, num_parallel=None)

    def text(self, knob: Knob, seen: EstimateView) -> tuple[str, bool]:
        """The value of a knob, and whether it was chosen here."""
        match knob:
            case Knob.CONTEXT:
                return count(seen.num_ctx), self.num_ctx is not None
            case Knob.CACHE:
                return seen.kv_cache_type or "f16", self.kv_cache_type is not None
            case Knob.LAYERS:
                return f"{seen.layers_on_gpu} of {seen.layers}", self.num_gpu is not None
            case Knob.SLOTS:
                return count(seen.num_parallel), self.num_parallel is not None


def _next_context(now: int, up: bool, most: int) -> int:
    """The next power of two, or the longest that there is."""
    if up:
        return min(1 << now.bit_length(), most)
    return max(1 << max((now - 1).bit_length() - 1, 0), min(_LEAST_CONTEXT, most))


def _neighbour(values: tuple[T, ...], now: T, up: bool) -> T:
    """The value beside `now`; from one that is not listed, the nearest end."""
    if now not in values:
        return values[-1] if up else values[0]
    return values[min(max(values.index(now) + (1 if up else -1), 0), len(values) - 1)]
