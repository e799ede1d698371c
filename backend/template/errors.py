"""How a template that cannot be read or run is told: `template: :LINE: cause`, as Go writes it."""

from __future__ import annotations

from backend.errors import BadTemplate


def fail(line: int, cause: str) -> BadTemplate:
    """The error to raise for what stands in `line` (from 1)."""
    return BadTemplate(f"template: :{line}: {cause}")
