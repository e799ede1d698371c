"""`puna create`: make a model from a Modelfile (the specification's sections F.1 and F.3)."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backend.errors import BadModelfile
from backend.modelfile.parameters import parameters
from backend.modelfile.parser import decode, parse
from tui.backend_process import connected
from tui.commands.interruption import standing
from tui.commands.model_sources import LocalFile, Source, find_files, hash_file
from tui.commands.place import in_force
from tui.commands.progress import ProgressLine, follow, ticking
from tui.modelfile import texts
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from backend.modelfile.parser import Modelfile
    from backend.settings import Settings
    from backend.wire.ollama import CreateRequest

_DEFAULT_FILE = "Modelfile"


@dataclass(frozen=True, slots=True)
class Sources:
    """What a model is made of: another model's name or none, and files of this machine."""

    base: str
    files: list[LocalFile]
    adapters: list[LocalFile]
    drafts: list[LocalFile]

    @property
    def all_files(self) -> list[LocalFile]:
        return [*self.files, *self.adapters, *self.drafts]


@click.command("create")
@click.argument("model")
@click.option("-f", "--file", "path", type=click.Path(path_type=Path), help="The Modelfile; ./Modelfile if not given.")
@click.option("-q", "--quantize", default="", metavar="TYPE", help="Quantise to this type, such as Q4_K_M.")
@click.option("--draft-quantize", default="", metavar="TYPE", help="Quantise the draft model to this type.")
@click.option("--experimental", is_flag=True, hidden=True)
def command(model: str, path: Path | None, quantize: str, draft_quantize: str, *, experimental: bool) -> None:
    """Make MODEL from a Modelfile, or from the model in this folder if there is no Modelfile."""
    if experimental:  # Ollama's maker of models for MLX
        raise click.ClickException("--experimental is not supported: safetensors become GGUF without it")
    from backend.modelfile.target import require_name  # it knows the whole store

    require_name(model)
    modelfile, folder = _read(path)
    for warning in parameters(modelfile).warnings:
        click.echo(clean_line(warning), err=True)
    with standing("Stopped. No model was made; files that were copied are not copied again."):
        sources = _sources(modelfile, folder)
        request = _request(modelfile, sources)
        request.model = model
        request.quantize, request.draft_quantize = quantize, draft_quantize
        asyncio.run(_create(in_force(), request, sources.all_files))


def _read(path: Path | None) -> tuple[Modelfile, Path]:
    """The Modelfile and the folder that its relative paths start from."""
    try:
        data = (path or Path(_DEFAULT_FILE)).read_bytes()
    except FileNotFoundError:
        if path is not None:
            raise click.ClickException("specified Modelfile wasn't found") from None
        return parse("FROM ."), Path.cwd()
    return parse(decode(data)), (path or Path(_DEFAULT_FILE)).absolute().parent


def _sources(modelfile: Modelfile, folder: Path) -> Sources:
    """What FROM, ADAPTER and DRAFT name; files are hashed here, with progress."""
    base = ""
    found: dict[str, list[Source]] = {"from": [], "adapter": [], "draft": []}
    for command in modelfile.commands:
        if command.name not in found:
            continue
        files = find_files(command.value, folder)
        found[command.name] += files
        if not files and command.name != "from":
            raise BadModelfile(f"no such file: {command.value}")
        if not files:
            base = command.value
    weights = {source.path.resolve() for source in found["from"]}
    if any(source.path.resolve() in weights for source in found["draft"]):
        raise BadModelfile("FROM and DRAFT must differ")
    line = ProgressLine(sys.stderr)
    try:
        hashed = {name: [_hash(source, line) for source in sources] for name, sources in found.items()}
    finally:
        line.finish()
    return Sources(base, hashed["from"], hashed["adapter"], hashed["draft"])


def _hash(source: Source, line: ProgressLine) -> LocalFile:
    status = f"hashing {source.name}"
    line.update(status)
    return hash_file(source, lambda done, total: line.update(status, done, total))


def _request(modelfile: Modelfile, sources: Sources) -> CreateRequest:
    request = texts(modelfile)
    request.from_ = sources.base
    request.files = _digests(sources.files) or None
    request.adapters = _digests(sources.adapters)
    request.draft_files = _digests(sources.drafts)
    return request


def _digests(files: list[LocalFile]) -> dict[str, str]:
    """Digests by file name; a name that two files share is numbered."""
    digests: dict[str, str] = {}
    for file in files:
        name = file.name
        digests[name if name not in digests else f"{len(digests)}/{name}"] = file.digest
    return digests


async def _create(settings: Settings, request: CreateRequest, files: list[LocalFile]) -> None:
    async with connected(settings) as client:
        async with ticking(ProgressLine(sys.stderr)) as line:
            for file in files:
                if not await client.has_blob(file.digest):
                    line.update(f"copying {file.name}")
                    await client.upload_blob(file.digest, file.path)
        await follow(client.create(request))
