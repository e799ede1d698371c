"""Bodies of the OpenAI-compatible interface (the specification's sections B.1 to B.5 and B.7).

As in `backend.wire.ollama`, a field of a reply without a default is always sent. Times are unix seconds.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, UnsetType, field

from backend.wire.ollama import DebugInfo, Wire


class Error(Wire, kw_only=True):
    message: str
    type: str
    param: str | None
    code: str | None


class ErrorResponse(Wire, kw_only=True):
    error: Error


class FunctionCall(Wire, kw_only=True):
    """`arguments` is a JSON object as text."""

    name: str
    arguments: str


class ToolCall(Wire, kw_only=True):
    id: str
    index: int
    type: str
    function: FunctionCall


class AskedFunctionCall(Wire, kw_only=True):
    name: str = ""
    arguments: str = ""


class AskedToolCall(Wire, kw_only=True):
    """A call in the history that a client sends back."""

    id: str = ""
    function: AskedFunctionCall = field(default_factory=AskedFunctionCall)


class ChatMessage(Wire, kw_only=True):
    """`content` is text, or a list of parts."""

    role: str = ""
    content: Any = None
    reasoning: str = ""
    name: str = ""
    tool_calls: list[AskedToolCall] = field(default_factory=list)
    tool_call_id: str = ""


class StreamOptions(Wire, kw_only=True):
    include_usage: bool = False


class JSONSchema(Wire, kw_only=True):
    schema: Any = None


class ResponseFormat(Wire, kw_only=True):
    type: str = ""
    json_schema: JSONSchema = field(default_factory=JSONSchema)


class Reasoning(Wire, kw_only=True):
    effort: str = ""


class ChatCompletionRequest(Wire, kw_only=True):
    model: str = ""
    messages: list[ChatMessage] = field(default_factory=list)
    stream: bool = False
    stream_options: StreamOptions = field(default_factory=StreamOptions)
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    stop: Any = None
    response_format: ResponseFormat = field(default_factory=ResponseFormat)
    tools: list[dict[str, Any]] = field(default_factory=list)
    tool_choice: Any = None
    reasoning: Reasoning = field(default_factory=Reasoning)
    reasoning_effort: str = ""
    logprobs: bool = False
    top_logprobs: int = 0
    debug_render_only: bool = field(name="_debug_render_only", default=False)


class CompletionRequest(Wire, kw_only=True):
    """`prompt` is a text or a list of texts."""

    model: str = ""
    prompt: Any = ""
    suffix: str = ""
    stream: bool = False
    stream_options: StreamOptions = field(default_factory=StreamOptions)
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float = 0.0
    seed: int | None = None
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    stop: Any = None
    logprobs: int = 0


class EmbeddingsRequest(Wire, kw_only=True):
    """`input` is a text or a list of texts."""

    model: str = ""
    input: Any = None
    dimensions: int = 0
    encoding_format: str = ""


class Usage(Wire, kw_only=True):
    """Counts in tokens."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class TopLogprob(Wire, kw_only=True):
    token: str
    logprob: float
    bytes: list[int]


class TokenLogprob(TopLogprob, kw_only=True):
    top_logprobs: list[TopLogprob]


class ChatLogprobs(Wire, kw_only=True):
    content: list[TokenLogprob]


class ReplyMessage(Wire, kw_only=True):
    role: str
    content: str
    reasoning: str = ""
    tool_calls: list[ToolCall] = field(default_factory=list)


class ChatChoice(Wire, kw_only=True):
    index: int
    message: ReplyMessage
    finish_reason: str | None
    logprobs: ChatLogprobs | None = None


class ChatCompletion(Wire, kw_only=True):
    id: str
    object: str
    created: int
    model: str
    system_fingerprint: str
    choices: list[ChatChoice]
    usage: Usage | None = None
    debug_info: DebugInfo | None = field(name="_debug_info", default=None)


class Delta(Wire, kw_only=True):
    """What a chunk adds to the message."""

    role: str = ""
    content: str | UnsetType = UNSET
    reasoning: str = ""
    tool_calls: list[ToolCall] = field(default_factory=list)


class ChunkChoice(Wire, kw_only=True):
    index: int
    delta: Delta
    finish_reason: str | None
    logprobs: ChatLogprobs | None = None


class ChatCompletionChunk(Wire, kw_only=True):
    id: str
    object: str
    created: int
    model: str
    system_fingerprint: str
    choices: list[ChunkChoice]
    usage: Usage | None = None


class CompletionLogprobs(Wire, kw_only=True):
    """Lists of one entry per token. `text_offset` counts characters from the start of the reply."""

    tokens: list[str]
    token_logprobs: list[float]
    top_logprobs: list[dict[str, float]]
    text_offset: list[int]


class CompletionChoice(Wire, kw_only=True):
    text: str
    index: int
    logprobs: CompletionLogprobs | None = None
    finish_reason: str | None


class Completion(Wire, kw_only=True):
    """A whole reply, or a chunk of one."""

    id: str
    object: str
    created: int
    model: str
    system_fingerprint: str
    choices: list[CompletionChoice]
    usage: Usage | None = None


class Embedding(Wire, kw_only=True):
    """`embedding` is a list of numbers, or base64 of little-endian 32-bit floats."""

    object: str
    embedding: list[float] | str
    index: int


class EmbeddingUsage(Wire, kw_only=True):
    prompt_tokens: int
    total_tokens: int


class EmbeddingList(Wire, kw_only=True):
    object: str
    data: list[Embedding]
    model: str
    usage: EmbeddingUsage


class Model(Wire, kw_only=True):
    id: str
    object: str
    created: int
    owned_by: str


class ModelList(Wire, kw_only=True):
    """`data` is null when there are no models."""

    object: str
    data: list[Model] | None


class Transcription(Wire, kw_only=True):
    text: str
