"""`puna serve`: the backend in the foreground."""

from __future__ import annotations

import os
import sys

import click


@click.command("serve", context_settings={"ignore_unknown_options": True})
@click.argument("flags", nargs=-1, type=click.UNPROCESSED)
def command(flags: tuple[str, ...]) -> None:
    """Run the backend in the foreground, with FLAGS of the backend's own. Ctrl-C ends it."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-P", "-m", "backend", *flags])  # noqa: S606 # this interpreter, no shell
