"""JSON as Python's and Jinja's writers make it, which is what these models were trained on."""

from __future__ import annotations

import json
from typing import Any


def spaced_json(value: Any, *, indent: int | None = None) -> str:
    """With a blank behind commas and colons, characters as they are."""
    return json.dumps(value, ensure_ascii=False, indent=indent)


def bare_or_json(value: Any) -> str:
    """A string without quotes, anything else as JSON."""
    return value if isinstance(value, str) else spaced_json(value)
