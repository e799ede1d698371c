"""Splitting the pieces of a completion into thinking, tool calls and content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.inference.pieces import Piece
from backend.inference.thinking import ThinkingParser
from backend.inference.tools import ToolParser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend.wire.ollama import ToolCall


class Reading:
    """Feed it the engine's pieces. `tags` are those of the thinking, `None` where there is none to look for; `tools`
    are names, none where no call can come.
    """

    def __init__(
        self, prompt: str, tags: tuple[str, str] | None, *, tool_tag: str = "", tools: Sequence[str] = ()
    ) -> None:
        self._thinking = ThinkingParser(*tags, open_already=prompt.rstrip().endswith(tags[0])) if tags else None
        self._tools = ToolParser(tool_tag, tools) if tools else None
        self._plain = self._thinking is None and self._tools is None

    @property
    def calls(self) -> list[ToolCall]:
        """Tool calls that are complete."""
        return self._tools.calls if self._tools else []

    def feed(self, piece: Piece) -> Piece:
        """What is certain by now; the piece's log probabilities stay with it."""
        if self._plain:
            return piece
        thinking, text = self._thinking.feed(piece.text) if self._thinking else ("", piece.text)
        return Piece(self._tools.feed(text) if self._tools else text, thinking, piece.logprobs)

    def finish(self) -> Piece:
        """What was held back when the stream ended."""
        thinking, text = self._thinking.finish() if self._thinking else ("", "")
        if self._tools:
            text = self._tools.feed(text) + self._tools.finish()
        return Piece(text, thinking)
