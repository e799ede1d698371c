"""`puna help`: the text of `--help`, of the whole or of one command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _commands(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    root = context.find_root()
    return root.command.shell_complete(root, incomplete) if incomplete[:1] != "-" else []


@click.command("help")
@click.argument("name", metavar="[COMMAND]", default="", shell_complete=_commands)
@click.pass_context
def command(context: click.Context, name: str) -> None:
    """Say what there is, or what COMMAND does."""
    root = context.find_root()
    if not name:
        click.echo(root.get_help())
        return
    found = root.command.get_command(root, name) if isinstance(root.command, click.Group) else None
    if found is None:
        raise click.ClickException(clean_line(f"there is no command {name!r}; `puna help` lists them"))
    with click.Context(found, info_name=name, parent=root) as own:
        click.echo(found.get_help(own))
