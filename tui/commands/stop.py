"""`puna stop`: unload a model."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from backend.errors import NotFound
from tui.backend_process import connected
from tui.commands.model_name import loaded_models
from tui.commands.place import in_force

if TYPE_CHECKING:
    from backend.settings import Settings


@click.command("stop")
@click.argument("model", shell_complete=loaded_models)
def command(model: str) -> None:
    """Unload MODEL as soon as it is idle."""
    asyncio.run(_stop(in_force(), model))


async def _stop(settings: Settings, model: str) -> None:
    async with connected(settings) as client:
        try:
            await client.unload(model)
        except NotFound as error:
            raise click.ClickException(f'couldn\'t find model "{model}" to stop') from error
