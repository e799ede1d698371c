"""Measurements without a backend."""

from __future__ import annotations

from tui.bench.reply import Reply


def reply(started: float, first: float, last: float, tokens: int, *, pieces: int = 0, prompt: int = 100) -> Reply:
    """A reply of `tokens` tokens in as many pieces, or `pieces`, at equal distances; the engine took 1 s and 2 s."""
    count = pieces or tokens
    step = (last - first) / (count - 1) if count > 1 else 0.0
    return Reply(started, tuple(first + step * number for number in range(count)), prompt, tokens, 1.0, 2.0)
