"""Splitting the pieces of a completion into thinking, tool calls and content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.inference.pieces import Piece

if TYPE_CHECKING:
    from backend.inference.parsers.family import Splitter
    from backend.wire.ollama import ToolCall


class Reading:
    """Feed it the engine's pieces. Without a splitter everything is content. `shows_thinking` false: it is dropped."""

    def __init__(self, splitter: Splitter | None, *, shows_thinking: bool = True) -> None:
        self._splitter = splitter
        self._shows_thinking = shows_thinking

    @property
    def calls(self) -> list[ToolCall]:
        """Tool calls that are complete."""
        return self._splitter.calls if self._splitter else []

    def feed(self, piece: Piece) -> Piece:
        """What is certain by now; the piece's log probabilities stay with it."""
        if self._splitter is None:
            return piece
        thinking, text = self._splitter.feed(piece.text)
        return Piece(text, thinking if self._shows_thinking else "", piece.logprobs)

    def finish(self) -> Piece:
        """What was held back when the stream ended. Raises `BackendError` for a call that cannot be read."""
        if self._splitter is None:
            return Piece()
        thinking, text = self._splitter.finish()
        return Piece(text, thinking if self._shows_thinking else "")
