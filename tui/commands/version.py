"""What `puna -v` prints: the version of the backend, and of this program where they differ (section J)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend import __version__, settings
from backend.errors import SettingsError
from tui.commands.brief_request import brief_answer
from tui.commands.place import chosen
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.commands.place import Place

_DEADLINE_S = 1.0


def version_lines(place: Place) -> Iterator[str]:
    """Starts no backend. Settings that cannot be understood count as none that answers."""
    served = _served(place)
    if not served:
        yield "Warning: could not connect to a running Puna backend"
    else:
        yield f"puna version is {served}"
    if served != __version__:
        yield f"Warning: client version is {__version__}"


def _served(place: Place) -> str:
    try:
        wanted, _ = chosen(place, settings.load())
    except SettingsError:
        return ""
    answer = brief_answer(wanted, "/api/version", _DEADLINE_S) or {}
    return clean_line(str(answer.get("version", "")))
