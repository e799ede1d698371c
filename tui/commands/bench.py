"""`puna bench`: how fast a model answers here."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import click

from tui.backend_process import ensure_backend
from tui.bench.report import document, lines
from tui.bench.session import Plan, measure
from tui.commands.interruption import standing
from tui.commands.json_text import dump
from tui.commands.model_name import stored_models
from tui.commands.place import in_force
from tui.commands.progress import ProgressLine, ticking

if TYPE_CHECKING:
    from backend.settings import Settings
    from tui.bench.session import Bench

_MOST_STREAMS = 64
_MOST_LEVELS = 8


class StreamsParam(click.ParamType[tuple[int, ...]]):
    """`1,2,4`: how many streams at a time, one measurement after the other."""

    name = "n,n,…"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        words = str(value).split(",")
        try:
            counts = tuple(dict.fromkeys(int(word) for word in words))
        except ValueError:
            self.fail(f"{value!r} is no list of numbers such as 1,2,4", param, ctx)
        if len(counts) > _MOST_LEVELS or not all(1 <= count <= _MOST_STREAMS for count in counts):
            self.fail(f"up to {_MOST_LEVELS} numbers from 1 to {_MOST_STREAMS} are possible", param, ctx)
        return counts


@click.command("bench")
@click.argument("model", shell_complete=stored_models)
@click.option(
    "--prompt", type=click.IntRange(1, 1 << 20), default=512, show_default=True, help="Tokens of each prompt, about."
)
@click.option(
    "--predict", type=click.IntRange(2, 1 << 16), default=128, show_default=True, help="Tokens of each reply."
)
@click.option(
    "--concurrency", type=StreamsParam(), default="1", show_default=True, help="Streams at a time, such as 1,2,4."
)
@click.option("--rounds", type=click.IntRange(1, 1000), default=5, show_default=True, help="Rounds of each.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(model: str, prompt: int, predict: int, concurrency: tuple[int, ...], rounds: int, *, as_json: bool) -> None:
    """Measure how fast MODEL reads and writes here: over the backend's own HTTP, as any client sees it, beside the
    engine's own figures and what the memory allows. Other models stay loaded; MODEL stays loaded too.
    """
    plan = Plan(model, prompt, predict, concurrency, rounds)
    with standing("Stopped. Nothing was measured; the model stays loaded."):
        bench = asyncio.run(_bench(in_force(), plan))
    if as_json:
        click.echo(dump(document(bench)))
        return
    if sys.stderr.isatty():
        click.echo(err=True)  # between what was being done and what came of it
    for line in lines(bench):
        click.echo(line)


async def _bench(settings: Settings, plan: Plan) -> Bench:
    from backend.client import Client

    await ensure_backend(settings)
    agent = f"puna-bench/{os.getpid()}"  # by which its own requests are told from others'
    async with Client(settings, agent) as client, ticking(ProgressLine(sys.stderr)) as line:
        return await measure(client, agent, plan, line.update)
