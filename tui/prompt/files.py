"""Which files the beginning of a path may mean."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

from tui.quantity import size

_OFFERED = 50
_READ = 5000  # entries of one folder that are looked at


def matching_files(typed: str) -> list[tuple[str, str]]:
    """Paths that begin with `typed`, folders first and with a slash at their end; each with its size or kind.

    Hidden ones are left out until a dot is typed. What cannot be read offers nothing. Touches the disk.
    """
    folder, _, beginning = typed.rpartition("/")
    place = f"{folder}/" if "/" in typed else ""
    found: list[tuple[bool, str, str]] = []
    try:
        with os.scandir(Path(place or ".").expanduser()) as entries:
            for entry in islice(entries, _READ):
                if not entry.name.lower().startswith(beginning.lower()):
                    continue
                if not beginning and entry.name.startswith("."):
                    continue
                if not entry.name.isprintable():
                    continue
                is_folder = entry.is_dir()
                about = "folder" if is_folder else size(entry.stat().st_size)
                found.append((not is_folder, f"{place}{entry.name}{'/' if is_folder else ''}", about))
    except (OSError, ValueError, RuntimeError):
        return []
    found.sort(key=lambda item: (item[0], item[1].lower()))
    return [(name, about) for _, name, about in found[:_OFFERED]]
