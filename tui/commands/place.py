"""Which backend a command is for: `puna --host …`, else the settings'."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backend import settings

if TYPE_CHECKING:
    from backend.settings import Settings


@dataclass(frozen=True, slots=True)
class Place:
    """What the command line says. `host` is an address or the name of a saved connection; empty if not given."""

    host: str = ""
    key_file: str = ""


def in_force() -> Settings:
    """The settings of this run of `puna`. Raises `SettingsError`."""
    place = click.get_current_context().find_root().obj
    found = settings.load()
    return chosen(place, found)[0] if isinstance(place, Place) else found


def chosen(place: Place, found: Settings) -> tuple[Settings, str]:
    """The settings with another backend, and the name of the saved connection if it is one. Raises `SettingsError`."""
    name = ""
    if place.host:
        from backend.address import parse_host
        from tui.connections import Connections

        if saved := Connections(found.config).find(place.host):
            found, name = saved.settings(found), saved.name
        else:
            found = found.at(parse_host(place.host))
    if place.key_file:
        found = replace(found, key="", key_file=Path(place.key_file).expanduser().absolute())
    return found, name
