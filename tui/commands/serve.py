"""`puna serve`: the backend in the foreground."""

from __future__ import annotations

import os
import sys

import click


@click.command("serve")
def command() -> None:
    """Run the backend in the foreground. Ctrl-C ends it."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-P", "-m", "backend"])  # noqa: S606 # this interpreter, no shell
