"""Bodies of Anthropic's Messages API (the specification's section B.8).

Field order is the key order on the wire. The fields of a reply are all present, save those that are `UNSET`.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

from backend.wire.ollama import Wire

Block = dict[str, Any]  # of a request: told apart by its `type`, and unknown types are ignored


class InputMessage(Wire, kw_only=True):
    role: str
    content: str | list[Block]


class TextBlock(Wire, kw_only=True):
    text: str = ""


class ImageSource(Wire, kw_only=True):
    type: str = ""
    data: str = ""


class ImageBlock(Wire, kw_only=True):
    source: ImageSource = field(default_factory=ImageSource)


class ToolUseBlock(Wire, kw_only=True):
    """A `tool_use` or `server_tool_use` block."""

    id: str = ""
    name: str = ""
    input: dict[str, Any] = field(default_factory=dict)


class ToolResultBlock(Wire, kw_only=True):
    """A `tool_result` block."""

    tool_use_id: str = ""
    content: str | list[Block] = ""


class SearchResultBlock(Wire, kw_only=True):
    """A `web_search_tool_result` block: a list of results, or one error."""

    tool_use_id: str = ""
    content: list[Block] | Block = field(default_factory=list)


class ThinkingBlock(Wire, kw_only=True):
    thinking: str = ""


class Tool(Wire, kw_only=True):
    name: str
    type: str = ""
    description: str = ""
    input_schema: dict[str, Any] = field(default_factory=dict)


class Thinking(Wire, kw_only=True):
    type: str = ""


class OutputFormat(Wire, kw_only=True):
    type: str = ""
    schema: dict[str, Any] | None = None


class OutputConfig(Wire, kw_only=True):
    effort: str = ""
    format: OutputFormat = field(default_factory=OutputFormat)


class ToolChoice(Wire, kw_only=True):
    """`name` is that of the one tool, for the type "tool"."""

    type: str = ""
    name: str = ""


class CountRequest(Wire, kw_only=True):
    """What both routes read. `max_tokens` and sampling mean nothing to a count."""

    model: str = ""
    messages: list[InputMessage] = field(default_factory=list)
    system: str | list[Block] = ""
    tools: list[Tool] = field(default_factory=list)
    tool_choice: ToolChoice = field(default_factory=ToolChoice)
    thinking: Thinking = field(default_factory=Thinking)
    output_config: OutputConfig = field(default_factory=OutputConfig)


class MessagesRequest(CountRequest, kw_only=True):
    max_tokens: int = 0
    stream: bool = False
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop_sequences: list[str] = field(default_factory=list)


class CountReply(Struct, kw_only=True):
    input_tokens: int


class Usage(Struct, kw_only=True):
    """Counts in tokens."""

    input_tokens: int
    output_tokens: int


class ThinkingContent(Struct, kw_only=True, tag="thinking"):
    thinking: str


class TextContent(Struct, kw_only=True, tag="text"):
    text: str


class ToolUseContent(Struct, kw_only=True, tag="tool_use"):
    id: str
    name: str
    input: dict[str, Any]


Content = ThinkingContent | TextContent | ToolUseContent


class MessageReply(Struct, kw_only=True):
    """The whole reply, and at the start of a stream one without content."""

    id: str
    type: str = "message"
    role: str = "assistant"
    model: str
    content: list[Content]
    stop_reason: str | UnsetType = UNSET
    stop_sequence: str | UnsetType = UNSET
    usage: Usage


class ThinkingDelta(Struct, kw_only=True, tag="thinking_delta"):
    thinking: str


class TextDelta(Struct, kw_only=True, tag="text_delta"):
    text: str


class InputDelta(Struct, kw_only=True, tag="input_json_delta"):
    partial_json: str


Delta = ThinkingDelta | TextDelta | InputDelta


class MessageStart(Struct, kw_only=True, tag="message_start"):
    message: MessageReply


class BlockStart(Struct, kw_only=True, tag="content_block_start"):
    index: int
    content_block: Content


class BlockDelta(Struct, kw_only=True, tag="content_block_delta"):
    index: int
    delta: Delta


class BlockStop(Struct, kw_only=True, tag="content_block_stop"):
    index: int


class StopDelta(Struct, kw_only=True):
    stop_reason: str
    stop_sequence: str | UnsetType = UNSET


class MessageDelta(Struct, kw_only=True, tag="message_delta"):
    delta: StopDelta
    usage: Usage


class MessageStop(Struct, tag="message_stop"):
    pass


Event = MessageStart | BlockStart | BlockDelta | BlockStop | MessageDelta | MessageStop


class ErrorDetail(Struct, kw_only=True):
    type: str
    message: str


class ErrorReply(Struct, kw_only=True, tag="error"):
    error: ErrorDetail
    request_id: str
