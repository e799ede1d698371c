"""`puna keys`: who may use the backend over the network."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from backend.errors import BackendError
from backend.files import open_new
from backend.key_client import KeyClient
from backend.keys import Keyring, Scope
from backend.wire.keys import CreatedKey, KeyView
from tui.commands.json_text import dump
from tui.commands.place import Place, in_force
from tui.commands.table import format_rows
from tui.commands.units import relative_time

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")
_DEFAULT = (Scope.READ, Scope.INFER)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("keys")
def command() -> None:
    """Make, list and revoke the keys of a backend that others reach over the network.

    They are those of the backend on this machine; with `puna --host …` those of another, which wants a key with the
    scope admin for that.
    """


@command.command("create")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in Scope]),
    multiple=True,
    help="read: look. infer: generate. admin: everything, which the app wants. Repeatable; default: the first two.",
)
@click.option("--output", type=click.Path(path_type=Path), help="Put the key into this new, private file.")
@_json
def create(name: str, scopes: tuple[str, ...], output: Path | None, *, as_json: bool) -> None:
    """Make a key. It is shown once: what is kept of it cannot be turned back."""
    wanted = [Scope(scope) for scope in scopes] or list(_DEFAULT)
    if output is None:
        _tell(_create(name, wanted), as_json=as_json)
        return
    descriptor = open_new(output.expanduser())  # first: a key that cannot be kept is not made
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        try:
            key = _create(name, wanted)
        except BackendError:
            output.expanduser().unlink()
            raise
        file.write(f"{key.key}\n")
    click.echo(dump(_public(key)) if as_json else f"the key '{name}' is in {output}")


@command.command("list")
@_json
def list_(*, as_json: bool) -> None:
    """List the keys; their text is nowhere."""
    keys = _list()
    if as_json:
        click.echo(dump(keys))
        return
    now = datetime.now(UTC)
    rows = [(key.name, ", ".join(key.scopes), relative_time(key.created, now)) for key in keys]
    for line in format_rows([("NAME", "SCOPES", "CREATED"), *rows]):
        click.echo(line)
    if not keys:
        click.echo("There is no key; `puna keys create NAME` makes one.", err=True)


@command.command("revoke")
@click.argument("name")
def revoke(name: str) -> None:
    """Close what a key opened, at once."""
    if _is_elsewhere():
        _ask(lambda keys: keys.revoke(name))
    else:
        Keyring(in_force().state).revoke(name)
    click.echo(f"revoked '{name}'")


def _tell(key: CreatedKey, *, as_json: bool) -> None:
    """The key alone on standard output, so that it can be piped; what to do with it on the other."""
    if as_json:
        click.echo(dump(key))
        return
    click.echo(key.key)
    click.echo(
        f"This is the key '{key.name}' ({', '.join(key.scopes)}). It is shown this once: put it into a file of your "
        "own (chmod 600) and name that by `puna --key-file FILE`, or give it to a client as its API key.",
        err=True,
    )


def _public(key: CreatedKey) -> KeyView:
    return KeyView(name=key.name, scopes=key.scopes, created=key.created)


def _list() -> list[KeyView]:
    if _is_elsewhere():
        return _ask(lambda keys: keys.list())
    return [KeyView.of(key) for key in Keyring(in_force().state).list()]


def _create(name: str, scopes: list[Scope]) -> CreatedKey:
    if _is_elsewhere():
        return _ask(lambda keys: keys.create(name, scopes))
    key, text = Keyring(in_force().state).create(name, scopes)
    view = KeyView.of(key)
    return CreatedKey(name=view.name, scopes=view.scopes, created=view.created, key=text)


def _is_elsewhere() -> bool:
    """Here the file of keys is at hand, also before there is a backend that could be asked."""
    place = click.get_current_context().find_root().obj
    return isinstance(place, Place) and bool(place.host)


def _ask(what: Callable[[KeyClient], Awaitable[T]]) -> T:
    from tui.backend_process import connected

    async def ask() -> T:
        async with connected(in_force()) as client:
            return await what(KeyClient(client))

    return asyncio.run(ask())
