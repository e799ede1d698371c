"""Options of a column as lines of text."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from tui.parameters import BY_KEY, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

_APART = ("system", "keep_alive", "think")  # they are of the whole comparison


def written(options: Mapping[str, object]) -> str:
    """A line for each option that has a name here; of a list, a line for each item."""
    lines = []
    for key, value in options.items():
        for item in value if isinstance(value, list) else [value]:
            text = str(item).lower() if isinstance(item, bool) else str(item)
            lines.append(f"{key} " + text.replace("\\", "\\\\").replace("\n", "\\n"))
    return "\n".join(lines)


def read(text: str) -> dict[str, object]:
    """The options that the lines mean. Raises `ValueError` that says what is wrong with which."""
    options: dict[str, object] = {}
    for line in text.splitlines():
        key, _, value = line.strip().partition(" ")
        if not key:
            continue
        if key not in BY_KEY or key in _APART:
            near = difflib.get_close_matches(key, [name for name in BY_KEY if name not in _APART], 1)
            raise ValueError(f"there is no parameter {key} for a column" + (f"; {near[0]}?" if near else ""))
        if not value.strip():
            raise ValueError(f"{key} needs a value: {BY_KEY[key].allowed}")
        parsed = parse(BY_KEY[key], value)
        before = options.get(key)
        if isinstance(parsed, tuple):
            options[key] = [*(before if isinstance(before, list) else ()), *parsed]
        else:
            options[key] = parsed
    return options
