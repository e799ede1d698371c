"""`puna verify`: whether the blobs of the store are what their names say."""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing
from typing import TYPE_CHECKING

import click

from backend.errors import BackendError
from tui.backend_process import connected
from tui.commands.interruption import standing
from tui.commands.json_text import dump
from tui.commands.model_name import stored_models
from tui.commands.place import in_force
from tui.commands.progress import ProgressLine, ticking
from tui.commands.units import bytes_text
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend.settings import Settings
    from backend.wire.verify import FindingView, VerifyLine

_SHOWN_MODELS = 5
_DIGEST = 12  # digits of one, as `puna pull` shows them
_MARGIN = " " * 2


@click.command("verify")
@click.argument("model", default="", shell_complete=stored_models)
@click.option("--repair", is_flag=True, help="Fetch what is damaged again from the models' registries.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(model: str, *, repair: bool, as_json: bool) -> None:
    """Hash every blob of MODEL, or of all models. Exit status 1 if one is missing or damaged.

    It happens on the machine of the backend, which goes on answering meanwhile; nothing is changed without --repair.
    """
    with standing("Stopped. What was not reached yet was not checked."):
        findings, last = asyncio.run(_verify(in_force(), model, repair=repair))
    damaged = [finding for finding in findings if finding.damage and not finding.repaired]
    if as_json:
        counts = {"models": last.models, "blobs": last.blobs, "bytes": last.completed}
        click.echo(dump({"ok": not damaged, **counts, "findings": findings}))
    else:
        for line in report(findings, last):
            click.echo(line)
    sys.exit(1 if damaged else 0)


async def _verify(settings: Settings, model: str, *, repair: bool) -> tuple[list[FindingView], VerifyLine]:
    findings = []
    async with (
        connected(settings) as client,
        ticking(ProgressLine(sys.stderr)) as shown,
        aclosing(client.verify(model, repair=repair)) as lines,
    ):
        async for line in lines:
            shown.update(line.doing, line.completed, line.total)
            if line.finding:
                findings.append(line.finding)
            if line.done:
                return findings, line
    raise BackendError("the backend ended the verification in the middle; try it again")


def report(findings: list[FindingView], last: VerifyLine) -> Iterator[str]:
    """Each damage with what to do about it, what only takes room in one line each, and the sum of it."""
    for finding in findings:
        if finding.damage:
            yield from _damage(finding)
    for fault, words, todo in (
        ("orphan", "that no model needs", "The backend removes them when it starts and they are an hour old."),
        ("partial", "of downloads that stopped", "`puna pull` of the same model goes on with them."),
    ):
        sizes = [finding.size for finding in findings if finding.fault == fault]
        if sizes:
            yield f"{_count(len(sizes), 'file')} {words}, {bytes_text(sum(sizes))}"
            yield _MARGIN + todo
    what = f"{_count(last.blobs, 'blob')} of {_count(last.models, 'model')}, {bytes_text(last.completed)} read"
    damaged = sum(finding.damage and not finding.repaired for finding in findings)
    repaired = sum(finding.repaired for finding in findings)
    end = f"{damaged} damaged" if damaged else "nothing is damaged any more" if repaired else "nothing is damaged"
    yield f"{what}: {end}" + (f", {repaired} repaired" if repaired else "")


def _damage(finding: FindingView) -> Iterator[str]:
    name = finding.file.removeprefix("sha256-")[:_DIGEST] if finding.fault != "manifest" else finding.file
    yield clean_line(f"{name}: {finding.text}")
    others = len(finding.models) - _SHOWN_MODELS
    if finding.fault != "manifest":
        more = f" and {others} more" if others > 0 else ""
        yield _MARGIN + clean_line(f"needed by {', '.join(finding.models[:_SHOWN_MODELS])}{more}")
    for line in _todo(finding, finding.models[0]):
        yield _MARGIN + clean_line(line)


def _todo(finding: FindingView, model: str) -> Iterator[str]:
    if finding.repaired:
        yield "repaired: it was fetched again"
        return
    again = f"`puna rm {model}`, then do that again"
    if finding.failure:
        yield f"not repaired: {finding.failure}"
        yield f"If it was made here or pulled from a package: {again}."
    elif finding.fault == "manifest":
        yield f"`puna pull {model}` writes it anew, `puna rm {model}` removes it."
    elif finding.fault == "missing":
        yield f"`puna pull {model}` fetches it."
    else:
        yield f"`puna verify --repair {model}` fetches it again from its registry."
        yield f"If it was made here or pulled from a package: {again}."


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
