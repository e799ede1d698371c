"""Sizes, counts, times and rates as a person reads them. Pure text, no markup."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNITS = ("B", "kB", "MB", "GB", "TB")
_COLUMNS = "▁▂▃▄▅▆▇█"


def size(count: float) -> str:
    """Bytes in decimal units, as disks and downloads are sold: `98 MB`, `1.2 GB`."""
    value, unit = float(max(count, 0)), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit >= 2 and value < 9.95 else f"{value:.0f} {_UNITS[unit]}"


def count(number: int) -> str:
    """A whole number with thousands separated: `8,192`."""
    return f"{number:,}"


def clock(seconds: float) -> str:
    """A duration as `4:31`, `1:04:31` or `∞`."""
    if not math.isfinite(seconds):
        return "∞"
    whole = max(0, math.ceil(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def span(seconds: float) -> str:
    """A setting's duration as one writes it: `5m`, `1h30m`, `45s`, `forever`."""
    if not math.isfinite(seconds) or seconds < 0:
        return "forever"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [f"{value}{unit}" for value, unit in ((hours, "h"), (minutes, "m"), (rest, "s")) if value]
    return "".join(parts) or "0"


def rate(tokens_per_second: float) -> str:
    """Tokens per second: `84 tok/s`, `3.2 tok/s`."""
    return f"{tokens_per_second:.0f} tok/s" if tokens_per_second >= 9.95 else f"{tokens_per_second:.1f} tok/s"


def percent(share: float) -> str:
    """A share of 0…1 as `43 %`."""
    return f"{min(max(share, 0.0), 1.0) * 100:.0f} %"


def bar(share: float, width: int) -> str:
    """A horizontal bar of `width` cells, filled for a share of 0…1."""
    filled = round(min(max(share, 0.0), 1.0) * width)
    return "━" * filled + "─" * (width - filled)


def spark(shares: Sequence[float], width: int) -> str:
    """The latest of some shares of 0…1 as columns, `width` cells in all, the newest at the right."""
    latest = list(shares)[-width:] if width > 0 else []
    columns = (_COLUMNS[round(min(max(share, 0.0), 1.0) * (len(_COLUMNS) - 1))] for share in latest)
    return "".join(columns).rjust(max(width, 0))


def of_size(used: float, total: float) -> str:
    """Two sizes in the unit of the greater one: `30.1 of 80 GB`."""
    whole = size(total)
    number, unit = whole.split(" ")
    part = used / 1000 ** _UNITS.index(unit)
    return f"{part:.1f} of {number} {unit}" if part < 99.95 else f"{part:.0f} of {number} {unit}"


def fit(text: str, width: int) -> str:
    """`text` cut to `width` cells, with an ellipsis where something was cut."""
    from rich.cells import cell_len, set_cell_size  # commands use the rest

    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 1 else "…"[:width]


def short_path(path: Path) -> str:
    """A path with the home folder as `~`."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
