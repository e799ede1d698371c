"""`puna cp`: give a model a second name."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from tui.backend_process import connected
from tui.commands.model_name import stored_models
from tui.commands.place import in_force
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from backend.settings import Settings


@click.command("cp")
@click.argument("source", shell_complete=stored_models)
@click.argument("destination")
def command(source: str, destination: str) -> None:
    """Give the model SOURCE the second name DESTINATION."""
    asyncio.run(_copy(in_force(), source, destination))
    click.echo(clean_line(f"copied '{source}' to '{destination}'"))


async def _copy(settings: Settings, source: str, destination: str) -> None:
    async with connected(settings) as client:
        await client.copy(source, destination)
