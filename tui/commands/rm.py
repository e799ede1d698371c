"""`puna rm`: remove models."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from backend.errors import BackendError
from tui.backend_process import connected
from tui.commands.model_name import stored_models
from tui.commands.place import in_force
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from backend.settings import Settings


@click.command("rm")
@click.argument("models", metavar="MODEL...", nargs=-1, required=True, shell_complete=stored_models)
def command(models: tuple[str, ...]) -> None:
    """Unload and remove each MODEL. Ends at the first that cannot be removed."""
    asyncio.run(_remove(in_force(), models))


async def _remove(settings: Settings, models: tuple[str, ...]) -> None:
    async with connected(settings) as client:
        for model in models:
            with suppress(BackendError):  # what cannot be unloaded can still be removed; a missing model fails below
                await client.unload(model)
            await client.delete(model)
            click.echo(clean_line(f"deleted '{model}'"))
