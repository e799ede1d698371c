"""The name that a model is to be made under, as whoever makes it can check it before any file is read."""

from __future__ import annotations

from backend.errors import InvalidName
from backend.store.name import ModelName


def require_name(text: str) -> None:
    """Raises `InvalidName` with Ollama's words for what cannot be a model's name (the specification's section J)."""
    try:
        ModelName.parse_plain(text)
    except InvalidName:
        raise InvalidName(f"invalid model name: {text}") from None
