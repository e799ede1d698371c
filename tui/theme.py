"""A colour theme: a TOML file → a Textual theme.

A file has `name`, `dark`, the table `colors` (every key of `COLORS`) and the table `variables` (every key of
`VARIABLES`). Colours are all `#rrggbb`, or all names of the terminal's own sixteen: `ansi_black` …
`ansi_bright_white`.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

from textual.theme import Theme

from backend.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

COLORS = (
    "primary",
    "secondary",
    "accent",
    "background",
    "surface",
    "panel",
    "foreground",
    "success",
    "warning",
    "error",
)
VARIABLES = ("muted", "line", "selection", "user", "model", "code")
DEFAULT = "puna-dark"
_SIZE_LIMIT = 64 << 10
_HUES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
ANSI = (*(f"ansi_{hue}" for hue in _HUES), *(f"ansi_bright_{hue}" for hue in _HUES))
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class ThemeError(SettingsError):
    """A theme file that cannot be used; the message names file and key."""


def load_theme(path: Path) -> Theme:
    """The theme of one file. Raises `ThemeError`."""
    table = _read(path)
    name, dark = table.get("name"), table.get("dark")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ThemeError(f"{path}: key 'name' must be lower-case letters, digits and hyphens")
    if not isinstance(dark, bool):
        raise ThemeError(f"{path}: key 'dark' must be true or false")
    colors = _colors(path, table, "colors", COLORS)
    variables = _colors(path, table, "variables", VARIABLES)
    if unknown := sorted(table.keys() - {"name", "dark", "colors", "variables"}):
        raise ThemeError(f"{path}: unknown key {unknown[0]!r}")
    values = [*colors.values(), *variables.values()]
    ansi = all(value in ANSI for value in values)
    if not ansi and (mixed := next((value for value in values if value in ANSI), "")):
        raise ThemeError(f"{path}: {mixed!r} stands beside #rrggbb; write all colours in one of the two ways")
    return Theme(
        name=name,
        dark=dark,
        ansi=ansi,
        text_alpha=1.0,
        primary=colors["primary"],
        secondary=colors["secondary"],
        accent=colors["accent"],
        background=colors["background"],
        surface=colors["surface"],
        panel=colors["panel"],
        foreground=colors["foreground"],
        success=colors["success"],
        warning=colors["warning"],
        error=colors["error"],
        variables=variables | _derived(colors, variables),
    )


def _read(path: Path) -> dict[str, object]:
    try:
        if path.stat().st_size > _SIZE_LIMIT:
            raise ThemeError(f"{path}: larger than {_SIZE_LIMIT} bytes")
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ThemeError(f"{path}: cannot be read: {error}") from error


def _colors(path: Path, table: dict[str, object], section: str, keys: tuple[str, ...]) -> dict[str, str]:
    found = table.get(section)
    if not isinstance(found, dict):
        raise ThemeError(f"{path}: table '{section}' is missing")
    if unknown := sorted(found.keys() - set(keys)):
        raise ThemeError(f"{path}: unknown key '{section}.{unknown[0]}'; there are {', '.join(keys)}")
    for key in keys:
        value = found.get(key)
        if not isinstance(value, str) or not (_COLOR.fullmatch(value) or value in ANSI):
            raise ThemeError(f'{path}: key \'{section}.{key}\' must be a colour such as "#93c3b1" or "ansi_cyan"')
    return {key: found[key] for key in keys}


def _derived(colors: dict[str, str], variables: dict[str, str]) -> dict[str, str]:
    """Textual's own variables, so that its widgets look like ours."""
    return {
        "border": colors["primary"],
        "border-blurred": variables["line"],
        "block-cursor-background": variables["selection"],
        "block-cursor-foreground": colors["foreground"],
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": colors["panel"],
        "block-cursor-blurred-foreground": colors["foreground"],
        "block-cursor-blurred-text-style": "none",
        "block-hover-background": colors["panel"],
        "input-cursor-background": colors["accent"],
        "input-cursor-foreground": colors["background"],
        "input-cursor-text-style": "none",
        "input-selection-background": colors["accent"],
        "input-selection-foreground": colors["background"],
        "screen-selection-background": colors["accent"],
        "screen-selection-foreground": colors["background"],
        "ansi-background": colors["background"],
        "ansi-foreground": colors["foreground"],
        "scrollbar": variables["line"],
        "scrollbar-hover": variables["muted"],
        "scrollbar-active": variables["muted"],
        "scrollbar-background": colors["background"],
        "scrollbar-background-hover": colors["background"],
        "scrollbar-background-active": colors["background"],
        "scrollbar-corner-color": colors["background"],
    }
