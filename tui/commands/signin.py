"""`puna signin` and `signout`: there is no account to sign in to, and what to do instead."""

from __future__ import annotations

import click


@click.command("signin")
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="")
def command(words: tuple[str, ...]) -> None:
    """Refused: Puna has no account anywhere, so there is nothing to sign in to or out of."""
    raise click.ClickException(
        "Puna has no account and uses no cloud, so there is nothing to sign in to or out of. To push to ollama.com, "
        "add the key in ~/.ollama/id_ed25519.pub to your account there; `puna serve` makes one"
    )
