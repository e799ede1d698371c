"""From the parts of a generation to a message and to the events of its stream (the specification's section B.8)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from backend.inference.pieces import Done, Piece
from backend.wire.anthropic import (
    BlockDelta,
    BlockStart,
    BlockStop,
    Delta,
    Event,
    InputDelta,
    MessageDelta,
    MessageReply,
    MessageStart,
    MessageStop,
    StopDelta,
    TextContent,
    TextDelta,
    ThinkingContent,
    ThinkingDelta,
    ToolUseContent,
    Usage,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from backend.inference.pieces import Part
    from backend.wire.ollama import ToolCall

_BYTES_PER_TOKEN = 4  # the estimate for a prompt that the engine has not counted
_STOP_REASONS = {"stop": "end_turn", "length": "max_tokens"}


class MessageBuilder:
    """Feed it the parts as they come: it returns the events that tell them, and `message` is whole after the last.

    A block of thinking is over when text or a tool begins; what is thought after that is left out. `stop_sequences`
    are the request's: the one that ended the reply is named, where the engine tells.
    """

    def __init__(self, model: str, stop_sequences: Collection[str]) -> None:
        usage = Usage(input_tokens=0, output_tokens=0)
        self.message = MessageReply(id=f"msg_{secrets.token_hex(12)}", model=model, content=[], usage=usage)
        self._stop_sequences = stop_sequences
        self._open: type[ThinkingContent] | type[TextContent] | None = None
        self._said: list[str] = []

    def begin(self, tokens: int, size: int) -> MessageStart:
        """The first event. The prompt's tokens are estimated by its size in bytes if they are 0, not known yet."""
        usage = Usage(input_tokens=tokens or max(size // _BYTES_PER_TOKEN, 1), output_tokens=0)
        return MessageStart(message=msgspec.structs.replace(self.message, content=[], usage=usage))

    def take(self, part: Part) -> list[Event]:
        match part:
            case Piece():
                return self._piece(part)
            case Done():
                return self._end(part)
        raise RuntimeError("a look at a prompt is no message")

    def _piece(self, piece: Piece) -> list[Event]:
        events: list[Event] = []
        if piece.thinking and (self._open is ThinkingContent or not (self._open or self.message.content)):
            events += self._switch(ThinkingContent)
            events.append(self._delta(ThinkingDelta(thinking=piece.thinking)))
            self._said.append(piece.thinking)
        if piece.text:
            events += self._switch(TextContent)
            events.append(self._delta(TextDelta(text=piece.text)))
            self._said.append(piece.text)
        return events

    def _end(self, done: Done) -> list[Event]:
        events = self._close()
        for call in done.tool_calls:
            events += self._tool(call)
        called = any(isinstance(block, ToolUseContent) for block in self.message.content)
        stopped = not called and done.stop_string != "" and done.stop_string in self._stop_sequences
        ended = "stop_sequence" if stopped else _STOP_REASONS.get(done.reason, "stop_sequence")
        reason = "tool_use" if called else ended
        stop = StopDelta(stop_reason=reason, stop_sequence=done.stop_string if stopped else UNSET)
        usage = Usage(input_tokens=done.prompt_tokens, output_tokens=done.tokens)
        self.message.stop_reason, self.message.stop_sequence, self.message.usage = reason, stop.stop_sequence, usage
        return [*events, MessageDelta(delta=stop, usage=usage), MessageStop()]

    def _switch(self, kind: type[ThinkingContent] | type[TextContent]) -> list[Event]:
        """Make `kind` the open block."""
        if self._open is kind:
            return []
        events = self._close()
        self._open = kind
        empty = ThinkingContent(thinking="") if kind is ThinkingContent else TextContent(text="")
        return [*events, BlockStart(index=len(self.message.content), content_block=empty)]

    def _delta(self, delta: Delta) -> BlockDelta:
        return BlockDelta(index=len(self.message.content), delta=delta)

    def _close(self) -> list[Event]:
        if self._open is None:
            return []
        event = BlockStop(index=len(self.message.content))
        said = "".join(self._said)
        whole = ThinkingContent(thinking=said) if self._open is ThinkingContent else TextContent(text=said)
        self.message.content.append(whole)
        self._open = None
        self._said.clear()
        return [event]

    def _tool(self, call: ToolCall) -> list[Event]:
        """A call as a block of its own: its input comes whole in one delta."""
        index = len(self.message.content)
        block = ToolUseContent(id=call.id, name=call.function.name, input=call.function.arguments)
        self.message.content.append(block)
        written = msgspec.json.encode(block.input).decode()
        return [
            BlockStart(index=index, content_block=ToolUseContent(id=block.id, name=block.name, input={})),
            BlockDelta(index=index, delta=InputDelta(partial_json=written)),
            BlockStop(index=index),
        ]
