"""Presets: parameters saved by name, in `presets.toml` of the user's configuration folder.

A table a preset, its keys are those of `tui.parameter_specs`: `[brief]`, `temperature = 0.2`, `stop = ["User:"]`.
Every change reads the file again and replaces it whole, so that several apps share it.
"""

from __future__ import annotations

import os
import re
import tomllib
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from backend.errors import SettingsError
from tui.parameter_specs import BY_KEY
from tui.parameter_values import Value, editable, from_wire, parse
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE_NAME: Final = "presets.toml"
_SIZE_LIMIT = 1 << 20
_LIMIT = 200
_NAME = re.compile(r"\w[\w .:+-]{0,39}")

Preset = dict[str, Value]


class PresetError(SettingsError):
    """A preset that cannot be used or kept; the message names file, preset and key."""


class Presets:
    """`path` is the file; without one presets last as long as the app."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._kept: dict[str, Preset] = {}

    def all(self) -> dict[str, Preset]:
        """Every preset by name, in the file's order. Raises `PresetError`."""
        if self._path is None:
            return dict(self._kept)
        table = _read(self._path)
        if len(table) > _LIMIT:
            raise PresetError(f"{self._path} holds {len(table)} presets; at most {_LIMIT} are read")
        return {name: _preset(self._path, name, values) for name, values in table.items()}

    def save(self, name: str, values: Mapping[str, Value]) -> None:
        """Keep values under a name; one that has it is replaced. Raises `PresetError`."""
        presets = self.all()
        check_name(name)
        if not values:
            raise PresetError("nothing is changed: there is nothing to save; change a parameter first")
        if name not in presets and len(presets) >= _LIMIT:
            raise PresetError(f"there are {_LIMIT} presets already; delete one first")
        self._write({**presets, name: dict(values)})

    def rename(self, name: str, new: str) -> None:
        """Give a preset another name, which must be free. Raises `PresetError`."""
        presets = self.all()
        check_name(new)
        if new in presets and new != name:
            raise PresetError(f"there is a preset {new} already")
        self._write({new if key == name else key: values for key, values in presets.items()})

    def delete(self, name: str) -> None:
        """Remove a preset. Raises `PresetError`."""
        self._write({key: values for key, values in self.all().items() if key != name})

    def _write(self, presets: dict[str, Preset]) -> None:
        import tomli_w

        self._kept = presets
        if self._path is None:
            return
        table = {
            name: {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}
            for name, values in presets.items()
        }
        fresh = self._path.with_suffix(f".{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                tomli_w.dump(table, file, multiline_strings=True)
            fresh.replace(self._path)
        except OSError as error:
            raise PresetError(f"{self._path} cannot be written: {error.strerror}") from error


def check_name(name: str) -> None:
    """Raises `PresetError` for what is no name of a preset."""
    if not _NAME.fullmatch(name):
        raise PresetError("a preset's name has up to 40 letters, digits, blanks and . : + - _")


def _read(path: Path) -> dict[str, object]:
    try:
        if path.stat().st_size > _SIZE_LIMIT:
            raise PresetError(f"{path} is larger than {_SIZE_LIMIT} bytes")
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise PresetError(f"{path} cannot be read: {error}") from error


def _preset(path: Path, name: str, values: object) -> Preset:
    if not _NAME.fullmatch(name) or not isinstance(values, dict):
        raise PresetError(f"{path}: {clean_line(name)!r} is no preset: write [name] and its parameters below")
    preset: Preset = {}
    for key, value in values.items():
        spec = BY_KEY.get(key)
        if spec is None:
            close = get_close_matches(key, BY_KEY, 1, 0.5)
            raise PresetError(f"{path}: preset {name}: there is no parameter {key!r}" + _did_you_mean(close))
        taken = from_wire(key, value)
        try:
            if taken is None:
                raise ValueError(f"{key} is {spec.allowed}")
            preset[key] = parse(spec, editable(taken))
        except ValueError as error:
            raise PresetError(f"{path}: preset {name}: {error}") from None
    return preset


def _did_you_mean(close: list[str]) -> str:
    return f"; did you mean {close[0]}?" if close else ""
