"""Tables of medians for people."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def row(name: str, values: Sequence[float], unit: str) -> str:
    """A line with the median and the spread of `values`."""
    return f"{name:<44} {median(values):>9.2f} {unit:<9} ({min(values):.2f} … {max(values):.2f}, n={len(values)})"
