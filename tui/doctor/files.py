"""The user's files: settings, keys, themes, connections, and who may read what is private."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from backend.errors import BackendError, SettingsError
from backend.key_file import read_key
from tui.doctor.finding import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from backend.settings import Settings

_GROUP = "Files"


def examine_files(settings: Settings, settings_error: str) -> list[Finding]:
    """`settings_error` is why the user's own settings could not be read; empty if they could."""
    found = [_said("settings", settings_error, f"read, folder {settings.config}", "Correct it; see README, Settings.")]
    if settings.config.name:
        for name, check in _CHECKS.items():
            if problem := check(settings.config):
                found.append(Finding(_GROUP, name, Level.PROBLEM, problem, "Correct or remove that file."))
    found += [_private(place) for place in (settings.state, settings.socket.parent) if place.name and place.is_dir()]
    if settings.key_file.name:
        try:
            read_key(settings.key_file)
        except BackendError as error:
            found.append(Finding(_GROUP, "key", Level.PROBLEM, error.message, "Make it readable for yourself alone."))
    return list(dict.fromkeys(found))


def _said(name: str, problem: str, fine: str, todo: str) -> Finding:
    return Finding(_GROUP, name, Level.PROBLEM, problem, todo) if problem else Finding(_GROUP, name, Level.OK, fine)


def _private(place: Path) -> Finding:
    try:
        facts = place.stat()
    except OSError as error:
        text = f"{place} cannot be looked at: {error.strerror}"
        return Finding(_GROUP, "private folder", Level.PROBLEM, text, "Give it to this user.")
    mode = stat.S_IMODE(facts.st_mode)
    if mode & 0o022:
        text = f"{place} can be written to by others, who could so read chats and take the socket's place"
        return Finding(_GROUP, "private folder", Level.PROBLEM, text, f"chmod 700 {place}")
    if mode & 0o055:
        text = f"{place} can be looked into by others"
        return Finding(_GROUP, "private folder", Level.ADVICE, text, f"chmod 700 {place}")
    return Finding(_GROUP, "private folder", Level.OK, f"{place} is for this user alone")


def _keys(folder: Path) -> str:
    from tui.actions.keymap import keymap_in_force

    return keymap_in_force(folder)[1]


def _themes(folder: Path) -> str:
    from tui.theme_shelf import ThemeShelf

    return "; ".join(ThemeShelf(folder, folder).problems)


def _connections(folder: Path) -> str:
    from tui.connections import Connections

    try:
        Connections(folder).read()
    except SettingsError as error:
        return str(error)
    return ""


_CHECKS: dict[str, Callable[[Path], str]] = {"keys": _keys, "themes": _themes, "connections": _connections}
