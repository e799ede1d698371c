"""`puna push`: send a model to its registry."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from backend.errors import BackendError
from tui.backend_process import connected
from tui.commands.interruption import standing
from tui.commands.model_name import stored_models
from tui.commands.place import in_force
from tui.commands.progress import follow

if TYPE_CHECKING:
    from backend.settings import Settings

_DEFAULT_SITE = "https://ollama.com"
_NOT_YOURS = "you are not authorized to push to this namespace, create the model under a namespace you own"


@click.command("push")
@click.argument("model", shell_complete=stored_models)
@click.option("--insecure", is_flag=True, help="Speak plain HTTP to the registry.")
def command(model: str, insecure: bool) -> None:
    """Send MODEL to the registry that its name says, under a namespace that is yours.

    A name that begins with http:// says itself that plain HTTP is fine.
    """
    with standing("Stopped. Another push does not send again what the registry has."):
        asyncio.run(_push(in_force(), model, insecure=insecure or model.startswith("http://")))


async def _push(settings: Settings, model: str, *, insecure: bool) -> None:
    try:
        async with connected(settings) as client:
            await follow(client.push(model, insecure=insecure))
    except BackendError as error:
        if "access denied" in error.message:
            raise BackendError(_NOT_YOURS) from error
        raise
    click.echo(f"You can find your model at:\n\n\t{_place(model)}")


def _place(model: str) -> str:
    """Where the pushed model is to be found: Ollama's site for names without a host, else the name itself."""
    bare = model.partition("://")[2] or model
    if bare.count("/") >= 2:
        return model if "://" in model else f"https://{model}"
    return f"{_DEFAULT_SITE}/{bare.removesuffix(':latest')}"
