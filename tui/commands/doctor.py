"""`puna doctor`: what works here, what could work better, and what to do."""

from __future__ import annotations

import asyncio
import os
import sys
from itertools import groupby
from typing import TYPE_CHECKING

import click

from backend import settings as reading
from backend.errors import SettingsError
from tui.commands.json_text import dump
from tui.commands.place import in_force
from tui.doctor.examination import examine
from tui.doctor.finding import Finding, Level, worst
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend.settings import Settings
    from tui.doctor.terminal import Terminal

_LEVEL_WIDTH, _NAME_WIDTH = 9, 16


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, as_json: bool) -> None:
    """Examine terminal, machine, engine, backend and files. Exit status 1 if something does not work."""
    settings, error = _settings()
    findings = asyncio.run(examine(settings, _terminal(), error))
    if as_json:
        click.echo(dump(findings))
    else:
        for line in report(findings):
            click.echo(line)
    sys.exit(1 if worst(findings) is Level.PROBLEM else 0)


def report(findings: list[Finding]) -> Iterator[str]:
    """Lines of text, group by group; what to do stands under its finding."""
    for group, of_group in groupby(findings, key=lambda finding: finding.group):
        yield group
        for finding in of_group:
            lead = f"  {finding.level.value:<{_LEVEL_WIDTH}}{finding.name:<{_NAME_WIDTH}}"
            yield lead + clean_line(finding.text)
            if finding.todo:
                yield " " * len(lead) + clean_line(finding.todo)


def _terminal() -> Terminal:
    """Asked only where a person sits at it."""
    from tui.doctor.terminal import Terminal, ask_terminal  # heavy: it knows what the app's screen needs

    return ask_terminal(os.environ) if sys.stdin.isatty() and sys.stdout.isatty() else Terminal()


def _settings() -> tuple[Settings, str]:
    """The settings in force, or the defaults and what is wrong with the user's own."""
    try:
        return in_force(), ""
    except SettingsError as error:
        kept = {name: value for name, value in os.environ.items() if name in ("HOME", "XDG_RUNTIME_DIR")}
        return reading.load(kept | {"PUNA_CONFIG": os.devnull}), str(error)
