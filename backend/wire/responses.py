"""Bodies of OpenAI's Responses API (the specification's section B.6).

Field order is the key order on the wire, `type` first. The fields of a reply are all present, save those that are
`UNSET`. Times are unix seconds.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

from backend.wire.ollama import Wire

Item = dict[str, Any]  # of a request: told apart by its `type`


class Reasoning(Wire, kw_only=True):
    effort: str = ""


class Format(Wire, kw_only=True):
    type: str = ""
    schema: dict[str, Any] | None = None


class Text(Wire, kw_only=True):
    format: Format = field(default_factory=Format)


class ResponsesRequest(Wire, kw_only=True):
    """What is `Any` is handed back as it came, too."""

    model: str = ""
    input: str | list[Item] = ""
    instructions: str = ""
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    reasoning: Any = None
    text: Any = None
    tools: list[dict[str, Any]] = field(default_factory=list)
    tool_choice: Any = None
    truncation: str = "disabled"
    background: bool = False
    stream: bool = False


class InputMessage(Wire, kw_only=True):
    """A `message` item."""

    role: str
    content: str | list[Item] = ""


class FunctionCallItem(Wire, kw_only=True):
    """`arguments` is a JSON object as text."""

    call_id: str
    name: str
    namespace: str = ""
    arguments: str = ""


class FunctionOutputItem(Wire, kw_only=True):
    """A `function_call_output` item."""

    call_id: str
    output: str | list[Item] = ""


class SummaryText(Struct, kw_only=True, tag="summary_text"):
    text: str


class ReasoningItem(Wire, kw_only=True):
    """A `reasoning` item of a request. Its `encrypted_content` is plain text if it came from here."""

    encrypted_content: str = ""


class FunctionTool(Wire, kw_only=True):
    name: str
    description: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)


class NamespaceTool(Wire, kw_only=True):
    name: str
    tools: list[dict[str, Any]] = field(default_factory=list)


class OutputReasoning(Struct, kw_only=True, tag="reasoning"):
    id: str
    summary: list[SummaryText]
    encrypted_content: str


class OutputText(Struct, kw_only=True, tag="output_text"):
    text: str
    annotations: list[Any] = field(default_factory=list)
    logprobs: list[Any] = field(default_factory=list)


class OutputMessage(Struct, kw_only=True, tag="message"):
    id: str
    status: str
    role: str = "assistant"
    content: list[OutputText]


class OutputCall(Struct, kw_only=True, tag="function_call"):
    id: str
    status: str
    call_id: str
    name: str
    namespace: str | UnsetType = UNSET
    arguments: str


Output = OutputReasoning | OutputMessage | OutputCall


class InputDetails(Struct, kw_only=True):
    cached_tokens: int = 0


class OutputDetails(Struct, kw_only=True):
    reasoning_tokens: int = 0


class Usage(Struct, kw_only=True):
    """Counts in tokens."""

    input_tokens: int
    output_tokens: int
    total_tokens: int
    input_tokens_details: InputDetails = field(default_factory=InputDetails)
    output_tokens_details: OutputDetails = field(default_factory=OutputDetails)


class Incomplete(Struct, kw_only=True):
    reason: str


class Failure(Struct, kw_only=True):
    code: str
    message: str


class Response(Struct, kw_only=True):
    """The whole reply; in a stream also the state of it at the beginning and the end."""

    id: str
    object: str = "response"
    created_at: int
    completed_at: int | None = None
    status: str = "in_progress"
    incomplete_details: Incomplete | None = None
    model: str
    previous_response_id: str | None = None
    instructions: str | None
    output: list[Output] = field(default_factory=list)
    error: Failure | None = None
    tools: list[dict[str, Any]]
    tool_choice: Any
    truncation: str
    parallel_tool_calls: bool = True
    text: Any
    top_p: float
    presence_penalty: float = 0
    frequency_penalty: float = 0
    top_logprobs: int = 0
    temperature: float
    reasoning: Any
    usage: Usage | None = None
    max_output_tokens: int | None
    max_tool_calls: int | None = None
    store: bool = False
    background: bool
    service_tier: str = "default"
    metadata: dict[str, str] = field(default_factory=dict)
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None


class Numbered(Struct, kw_only=True):
    """Base of all events: their numbers run from 0."""

    sequence_number: int = 0


class Created(Numbered, kw_only=True, tag="response.created"):
    response: Response


class InProgress(Numbered, kw_only=True, tag="response.in_progress"):
    response: Response


class Completed(Numbered, kw_only=True, tag="response.completed"):
    response: Response


class Failed(Numbered, kw_only=True, tag="response.failed"):
    response: Response


class ItemAdded(Numbered, kw_only=True, tag="response.output_item.added"):
    output_index: int
    item: Output


class ItemDone(Numbered, kw_only=True, tag="response.output_item.done"):
    output_index: int
    item: Output


class SummaryDelta(Numbered, kw_only=True, tag="response.reasoning_summary_text.delta"):
    item_id: str
    output_index: int
    summary_index: int = 0
    delta: str


class SummaryDone(Numbered, kw_only=True, tag="response.reasoning_summary_text.done"):
    item_id: str
    output_index: int
    summary_index: int = 0
    text: str


class PartAdded(Numbered, kw_only=True, tag="response.content_part.added"):
    item_id: str
    output_index: int
    content_index: int = 0
    part: OutputText


class PartDone(Numbered, kw_only=True, tag="response.content_part.done"):
    item_id: str
    output_index: int
    content_index: int = 0
    part: OutputText


class TextDelta(Numbered, kw_only=True, tag="response.output_text.delta"):
    item_id: str
    output_index: int
    content_index: int = 0
    delta: str
    logprobs: list[Any] = field(default_factory=list)


class TextDone(Numbered, kw_only=True, tag="response.output_text.done"):
    item_id: str
    output_index: int
    content_index: int = 0
    text: str
    logprobs: list[Any] = field(default_factory=list)


class ArgumentsDelta(Numbered, kw_only=True, tag="response.function_call_arguments.delta"):
    item_id: str
    output_index: int
    delta: str


class ArgumentsDone(Numbered, kw_only=True, tag="response.function_call_arguments.done"):
    item_id: str
    output_index: int
    name: str
    arguments: str
