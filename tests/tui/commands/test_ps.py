"""The columns of `puna ps`."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tui.commands.ps import processor_text, until_text

NOW = datetime(2026, 8, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("size", "vram", "text"),
    [
        (100, 0, "100% CPU"),
        (0, 0, "100% CPU"),
        (100, 100, "100% GPU"),
        (100, 52, "48%/52% CPU/GPU"),
        (200, 1, "100%/0% CPU/GPU"),
        (100, 101, "Unknown"),
    ],
)
def test_processor(size: int, vram: int, text: str) -> None:
    assert processor_text(size, vram) == text


@pytest.mark.parametrize(
    ("expires_at", "text"),
    [
        ("2026-08-21T12:04:30Z", "4 minutes from now"),
        ("2026-08-21T11:59:59Z", "Stopping..."),
        ("2318-01-01T00:00:00Z", "Forever"),
    ],
)
def test_until(expires_at: str, text: str) -> None:
    assert until_text(expires_at, NOW) == text
