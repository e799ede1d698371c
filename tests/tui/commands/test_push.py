"""Where `puna push` says that a model is (section J)."""

from __future__ import annotations

import pytest

from tui.commands.push import _place


@pytest.mark.parametrize(
    ("model", "place"),
    [
        ("me/mario", "https://ollama.com/me/mario"),
        ("me/mario:latest", "https://ollama.com/me/mario"),
        ("me/mario:7b", "https://ollama.com/me/mario:7b"),
        ("box:5000/me/mario", "https://box:5000/me/mario"),
        ("http://box:5000/me/mario", "http://box:5000/me/mario"),
    ],
)
def test_the_place_of_a_model(model: str, place: str) -> None:
    assert _place(model) == place
