"""What `--json` prints: ASCII alone, so that it is exact and cannot steer a terminal."""

from __future__ import annotations

import json

import msgspec


def dump(value: object) -> str:
    """Indented JSON of structs, lists and mappings; everything outside printable ASCII is escaped."""
    return json.dumps(msgspec.to_builtins(value), indent=2).replace("\x7f", "\\u007f")
