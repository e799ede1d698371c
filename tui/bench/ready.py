"""Making a model ready to be measured without taking anything from anybody."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backend.errors import BadRequest
from backend.wire.workstation import LoadRequest

if TYPE_CHECKING:
    from backend.client import Client
    from backend.wire.workstation import EstimateView, RunnerView

_MARGIN = 64  # tokens: a prompt's length is met by words, not exactly


@dataclass(frozen=True, slots=True)
class Ready:
    """A loaded model. `options`: those with which requests reach this very runner; `load_s`: seconds that it took to
    load, `None` if it was there.
    """

    runner: RunnerView
    options: dict[str, Any]
    load_s: float | None


async def require_text(client: Client, model: str) -> None:
    """Raises `BadRequest` for a model that generates no text, `NotFound`."""
    if "completion" not in (await client.show(model)).capabilities:
        raise BadRequest(f"'{model}' generates no text, and that is what bench measures; name another: `puna list`")


async def make_ready(client: Client, model: str, tokens: int, streams: int) -> Ready:
    """Load the model with a context of at least `tokens` and, where it can, a slot for each stream.

    Raises `BadRequest` if that is impossible or another model, or the same one loaded otherwise, would have to go.
    """
    wanted, estimate = await _plan(client, model, tokens + _MARGIN, streams)
    if estimate.refusal:
        raise BadRequest(estimate.refusal)
    if estimate.num_ctx < tokens + _MARGIN:
        raise BadRequest(
            f"'{model}' has a context of {estimate.num_ctx} tokens: --prompt and --predict together may be "
            f"{max(estimate.num_ctx - _MARGIN, 0)} at most"
        )
    if estimate.evicts and not estimate.loaded:
        names = " and ".join(dict.fromkeys(one.model for one in estimate.evicts))
        stops = " and ".join(f"`puna stop {name}`" for name in dict.fromkeys(one.model for one in estimate.evicts))
        raise BadRequest(f"bench unloads nothing, and {names} would have to go for this; first run {stops}")
    started = time.perf_counter()
    runner = await client.monitor.load(wanted)
    took = None if estimate.loaded else time.perf_counter() - started
    return Ready(runner, wanted.options, took)


async def _plan(client: Client, model: str, tokens: int, streams: int) -> tuple[LoadRequest, EstimateView]:
    """As the model is loaded now, else as it is loaded by default, else with what it lacks for this."""
    usual = await client.monitor.estimate(LoadRequest(model=model))
    for runner in await client.monitor.runners():
        if runner.model == usual.model and runner.context_length >= tokens and runner.slots >= streams:
            same = LoadRequest(model=model, options={"num_ctx": runner.context_length})
            estimate = await client.monitor.estimate(same)
            if estimate.loaded:
                return same, estimate
    wanted = LoadRequest(
        model=model,
        options={"num_ctx": tokens} if usual.num_ctx < tokens else {},
        num_parallel=streams if usual.num_parallel < streams else None,
    )
    return wanted, await client.monitor.estimate(wanted)
