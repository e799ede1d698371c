"""Bodies of ollama.com's account and cloud routes (the specification's section A.1)."""

from __future__ import annotations

from typing import Any

from backend.wire.ollama import Wire


class Cloud(Wire, kw_only=True):
    """`source` says what disabled it: `none`, `env`, `config` or `both`."""

    disabled: bool
    source: str


class StatusResponse(Wire, kw_only=True):
    cloud: Cloud


class RecommendationsResponse(Wire, kw_only=True):
    recommendations: list[dict[str, Any]]
