"""`puna show`: what is known about a model."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click
import msgspec

from backend.errors import BackendError
from tui.backend_process import connected
from tui.commands.json_text import dump
from tui.commands.model_name import stored_models
from tui.commands.model_sections import section_lines
from tui.commands.place import in_force
from tui.terminal.sanitize import clean

if TYPE_CHECKING:
    from backend.settings import Settings
    from backend.wire.ollama import ShowResponse
    from backend.wire.workstation import ModelEngineView

_PARTS = ("license", "modelfile", "parameters", "template", "system")
_ONE_PART = (
    "only one of '--license', '--modelfile', '--parameters', '--system', or '--template' can be specified"  # Ollama's
)


@click.command("show")
@click.argument("model", shell_complete=stored_models)
@click.option("--license", is_flag=True, help="Print the licence alone.")
@click.option("--modelfile", is_flag=True, help="Print the Modelfile alone.")
@click.option("--parameters", is_flag=True, help="Print the parameters alone.")
@click.option("--template", is_flag=True, help="Print the prompt template alone.")
@click.option("--system", is_flag=True, help="Print the system message alone.")
@click.option("-v", "--verbose", is_flag=True, help="Print metadata and tensors too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(model: str, verbose: bool, as_json: bool, **parts: bool) -> None:
    """Show what is known about MODEL."""
    wanted = [part for part in _PARTS if parts[part]]
    if len(wanted) > 1:
        raise click.ClickException(_ONE_PART)
    info, engine = asyncio.run(_show(in_force(), model, verbose=verbose))
    if as_json:
        click.echo(dump({part: getattr(info, part) for part in wanted} or _whole(info, engine)))
    elif wanted:
        click.echo(clean(getattr(info, wanted[0])))
    else:
        for line in section_lines(info, engine, verbose=verbose):
            click.echo(line)


async def _show(settings: Settings, model: str, *, verbose: bool) -> tuple[ShowResponse, ModelEngineView | None]:
    async with connected(settings) as client:
        shown = await client.show(model, verbose=verbose)
        try:
            return shown, await client.monitor.engine_of(model)
        except BackendError:  # a model that runs elsewhere, or a backend that is not Puna's
            return shown, None


def _whole(info: ShowResponse, engine: ModelEngineView | None) -> dict[str, object]:
    fields: dict[str, object] = msgspec.to_builtins(info)
    return fields if engine is None else {**fields, "engine": engine}
