"""A whole measurement: ready, warm-up, rounds, limit."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backend.wire.ollama import GenerateRequest
from tui.bench.figures import Level, level
from tui.bench.limit import Limit, limit, on_device
from tui.bench.others import watched
from tui.bench.prompts import Prompts
from tui.bench.ready import make_ready, require_text
from tui.bench.reply import Reply, ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from backend.client import Client
    from backend.wire.workstation import DeviceView, RequestView, RunnerView

_WARM_UP = 256  # words at most


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure: lengths in tokens; `streams` at a time, one level after the other."""

    model: str
    prompt: int
    predict: int
    streams: tuple[int, ...]
    rounds: int


@dataclass(frozen=True, slots=True)
class Bench:
    """What was measured. `early`: replies that the model ended before `plan.predict` tokens."""

    plan: Plan
    runner: RunnerView
    devices: list[DeviceView]
    load_s: float | None
    levels: list[Level]
    limit: Limit
    early: int
    others: list[RequestView]

    def limit_of(self, of_level: Level) -> float | None:
        """The most tokens per second that so many streams could decode, in the middle of their replies."""
        return self.limit.rate(min(of_level.streams, self.runner.slots), of_level.prompt_tokens + of_level.tokens / 2)


async def measure(client: Client, agent: str, plan: Plan, tell: Callable[[str], None]) -> Bench:
    """Measure; `tell` is told what is being done. Leaving it early ends what it asked for.

    `agent`: how the client names itself. Raises `BackendError`, among them those of `make_ready`.
    """
    await require_text(client, plan.model)
    tell(f"loading {plan.model}")
    ready = await make_ready(client, plan.model, plan.prompt + plan.predict, max(plan.streams))
    roofline = await client.monitor.roofline(plan.model, memory=False)
    asking = _Asking(client, plan, ready.options)
    async with watched(client, agent) as others:
        tell("warming up")
        await asking.warm_up()
        levels, early = [], 0
        for streams in plan.streams:
            tell(f"measuring {streams} {'stream' if streams == 1 else 'streams'}, {plan.rounds} rounds")
            rounds = [await asking.round(streams) for _ in range(plan.rounds)]
            levels.append(level(rounds))
            early += sum(reply.tokens < plan.predict for replies in rounds for reply in replies)
    runner = await _told(client, ready.runner)
    if on_device(runner) < 1:
        tell("measuring the memory")
        roofline = await client.monitor.roofline(plan.model, memory=True)
    machine = await client.monitor.machine()
    bound = limit(runner, roofline, machine)
    return Bench(plan, runner, machine.devices, ready.load_s, levels, bound, early, list(others.values()))


async def _told(client: Client, runner: RunnerView) -> RunnerView:
    """The runner with what the engine told of its memory since it was loaded."""
    later: Iterator[RunnerView] = (one for one in await client.monitor.runners() if one.id == runner.id)
    return next(later, runner)


class _Asking:
    """The requests of one measurement."""

    def __init__(self, client: Client, plan: Plan, options: dict[str, Any]) -> None:
        self._client = client
        self._plan = plan
        self._options = options
        self._prompts = Prompts()

    async def warm_up(self) -> None:
        """One short request, from which the length of later prompts is learned."""
        text = self._prompts.text(min(self._plan.prompt, _WARM_UP))
        reply = await ask(self._client, self._request(text, predict=2))
        self._prompts.learn(text, reply.prompt_tokens)

    async def round(self, streams: int) -> list[Reply]:
        """So many requests at once. The first error ends them all."""
        requests = [self._request(self._prompts.text(self._plan.prompt), self._plan.predict) for _ in range(streams)]
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(ask(self._client, request)) for request in requests]
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return [task.result() for task in tasks]

    def _request(self, text: str, predict: int) -> GenerateRequest:
        options = {**self._options, "num_predict": predict, "stop": []}
        return GenerateRequest(model=self._plan.model, prompt=text, raw=True, options=options)
