"""`puna list`: the models in the store."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from tui.backend_process import connected
from tui.commands.json_text import dump
from tui.commands.model_name import stored_models
from tui.commands.place import in_force
from tui.commands.table import format_rows
from tui.commands.units import bytes_text, relative_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend.settings import Settings
    from backend.wire.ollama import ModelSummary


@click.command("list")
@click.argument("prefix", default="", shell_complete=stored_models)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(prefix: str, as_json: bool) -> None:
    """List the models in the store, newest first; with PREFIX those whose name begins so."""
    models = [model for model in asyncio.run(_tags(in_force())) if model.name.lower().startswith(prefix.lower())]
    if as_json:
        click.echo(dump(models))
        return
    for line in table_lines(models):
        click.echo(line)


def table_lines(models: Sequence[ModelSummary]) -> list[str]:
    """The table of models, with its head."""
    now = datetime.now(UTC)
    return format_rows([("NAME", "ID", "SIZE", "MODIFIED"), *(_row(model, now) for model in models)])


async def _tags(settings: Settings) -> list[ModelSummary]:
    async with connected(settings) as client:
        return await client.tags()


def _row(model: ModelSummary, now: datetime) -> tuple[str, ...]:
    size = "-" if model.remote_host else bytes_text(model.size)
    return model.name, model.digest[:12], size, relative_time(model.modified_at, now)
