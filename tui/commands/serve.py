"""`puna serve`: the backend in the foreground."""

from __future__ import annotations

import os
import subprocess
import sys

import click

from tui.commands.place import in_force


@click.command("serve")
@click.option("--require-key", is_flag=True, help="Want a key on the loopback address too: `puna keys create NAME`.")
@click.option("--socket-only", is_flag=True, help="Listen on the unix socket alone, which is yours alone.")
@click.option("--insecure-plaintext", is_flag=True, help="Listen on a network without TLS; keys travel readable.")
@click.option("--tls-certificate", type=click.Path(), help="The certificate to show, a PEM file; with --tls-key.")
@click.option("--tls-key", type=click.Path(), help="Its private key, a PEM file.")
def command(**flags: bool | str | None) -> None:
    """Run the backend in the foreground. Ctrl-C ends it once what it generates has ended, a second one at once.

    The first time it makes the key that registries know this machine by.
    """
    key = in_force().registry_key
    if not os.path.lexists(key):
        making = [sys.executable, "-P", "-m", "backend.registry.key", str(key)]
        subprocess.run(making, check=False)  # noqa: S603 # this interpreter, no shell
    given = {
        f"PUNA_{name.upper()}": str(os.path.abspath(value) if isinstance(value, str) else 1)
        for name, value in flags.items()
        if value
    }
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, [sys.executable, "-P", "-m", "backend"], {**os.environ, **given})  # noqa: S606 # no shell
