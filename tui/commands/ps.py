"""`puna ps`: the loaded models."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
import msgspec

from backend.errors import NotFound
from tui.backend_process import connected
from tui.commands.json_text import dump
from tui.commands.model_name import loaded_models
from tui.commands.place import in_force
from tui.commands.table import format_rows
from tui.commands.units import bytes_text, parse_time, relative_time

if TYPE_CHECKING:
    from backend.settings import Settings
    from backend.wire.ollama import RunningModel
    from backend.wire.workstation import RunnerView

_HEADER = ("NAME", "ID", "SIZE", "PROCESSOR", "CONTEXT", "UNTIL")


@click.command("ps")
@click.argument("prefix", default="", shell_complete=loaded_models)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(prefix: str, as_json: bool) -> None:
    """List the loaded models; with PREFIX those whose name begins so."""
    loaded, runners = asyncio.run(_ps(in_force(), with_runners=as_json))
    models = [model for model in loaded if model.name.lower().startswith(prefix.lower())]
    if as_json:
        engines = {runner.model: _engine(runner) for runner in runners}
        click.echo(dump([msgspec.to_builtins(model) | engines.get(model.name, {}) for model in models]))
        return
    now = datetime.now(UTC)
    for line in format_rows([_HEADER, *(_row(model, now) for model in models)]):
        click.echo(line)


async def _ps(settings: Settings, *, with_runners: bool) -> tuple[list[RunningModel], list[RunnerView]]:
    async with connected(settings) as client:
        models = await client.ps()
        try:
            return models, await client.monitor.runners() if with_runners else []
        except NotFound:  # a backend that is not Puna's
            return models, []


def _engine(runner: RunnerView) -> dict[str, str]:
    return {
        "engine": runner.engine,
        "engine_version": runner.engine_version,
        "engine_reason": runner.engine_reason,
    }


def _row(model: RunningModel, now: datetime) -> tuple[str, ...]:
    return (
        model.name,
        model.digest[:12],
        bytes_text(model.size),
        processor_text(model.size, model.size_vram),
        str(model.context_length),
        until_text(model.expires_at, now),
    )


def processor_text(size: int, size_vram: int) -> str:
    """Where the bytes of a model lie: `100% CPU`, `100% GPU`, `48%/52% CPU/GPU`, `Unknown`."""
    if size_vram == 0:
        return "100% CPU"
    if size_vram == size:
        return "100% GPU"
    if size_vram > size:
        return "Unknown"
    cpu = int((size - size_vram) * 100 / size + 0.5)
    return f"{cpu}%/{100 - cpu}% CPU/GPU"


def until_text(expires_at: str, now: datetime) -> str:
    """When an idle model is unloaded: `4 minutes from now`, `Forever`, `Stopping...` once the time has passed."""
    moment = parse_time(expires_at)
    if moment is not None and moment < now:
        return "Stopping..."
    return relative_time(expires_at, now)
