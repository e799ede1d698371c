"""Events of the engine's chat stream, for replaying."""

from __future__ import annotations

from typing import Any

END = {
    "choices": [{"index": 0, "finish_reason": "stop", "delta": {}}],
    "timings": {"cache_n": 2, "prompt_n": 9, "predicted_n": 4},
}


def delta(**fields: Any) -> dict[str, Any]:
    """A delta with these fields."""
    return {"choices": [{"index": 0, "finish_reason": None, "delta": fields}]}
