"""`puna serve`: the backend in the foreground."""

from __future__ import annotations

import os
import subprocess
import sys

import click

from tui.commands.place import in_force


@click.command("serve")
def command() -> None:
    """Run the backend in the foreground. Ctrl-C ends it.

    The first time it makes the key that registries know this machine by.
    """
    key = in_force().registry_key
    if not os.path.lexists(key):
        making = [sys.executable, "-P", "-m", "backend.registry.key", str(key)]
        subprocess.run(making, check=False)  # noqa: S603 # this interpreter, no shell
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-P", "-m", "backend"])  # noqa: S606 # this interpreter, no shell
