"""Bodies of Ollama's native API (the specification's section A).

Field order is the key order on the wire. A field with a default is left out when it has that value (the
specification's ⊘); a field without one is always present. Durations are nanoseconds, times RFC 3339 text.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType, field


class Wire(Struct, omit_defaults=True):
    """Base of all bodies: unknown keys are ignored, default values are not sent."""


class ToolCallFunction(Wire, kw_only=True):
    index: int | UnsetType = UNSET
    name: str
    arguments: dict[str, Any]


class ToolCall(Wire, kw_only=True):
    id: str = ""
    function: ToolCallFunction


class Message(Wire, kw_only=True):
    role: str
    content: str = ""
    thinking: str = ""
    images: list[str] = []
    tool_calls: list[ToolCall] = []
    tool_name: str = ""
    tool_call_id: str = ""


class ReplyMessage(Wire, kw_only=True):
    """The message of a reply: `role` and `content` are always there."""

    role: str
    content: str
    thinking: str = ""
    tool_calls: list[ToolCall] = []


class InferenceRequest(Wire, kw_only=True):
    """What generate and chat requests share. `think` is a truth value or a level."""

    model: str = ""
    stream: bool = True
    format: Any = None
    keep_alive: float | str | bool | None = None
    options: dict[str, Any] = {}
    think: Any = None
    truncate: bool = True
    shift: bool | None = None
    logprobs: bool = False
    top_logprobs: int = 0
    debug_render_only: bool = field(name="_debug_render_only", default=False)

    def __post_init__(self) -> None:
        if not isinstance(self.think, bool | str | None):
            raise ValueError('think must be a boolean or string ("high", "medium", "low", "max", true, or false)')


class GenerateRequest(InferenceRequest, kw_only=True):
    prompt: str = ""
    suffix: str = ""
    system: str = ""
    template: str = ""
    context: list[int] = []
    raw: bool = False
    images: list[str] = []


class ChatRequest(InferenceRequest, kw_only=True):
    messages: list[Message] = []
    tools: list[dict[str, Any]] = []


class TokenLogprob(Wire, kw_only=True):
    token: str
    logprob: float
    bytes: list[int] = []


class Logprob(Wire, kw_only=True):
    token: str
    logprob: float
    bytes: list[int] = []
    top_logprobs: list[TokenLogprob] = []


class DebugInfo(Wire, kw_only=True):
    rendered_template: str
    image_count: int = 0


class GenerateResponse(Wire, kw_only=True):
    model: str
    created_at: str
    response: str
    thinking: str = ""
    done: bool
    done_reason: str = ""
    context: list[int] = []
    total_duration: int = 0
    load_duration: int = 0
    prompt_eval_count: int = 0
    prompt_eval_duration: int = 0
    eval_count: int = 0
    eval_duration: int = 0
    tool_calls: list[ToolCall] = []
    debug_info: DebugInfo | None = field(name="_debug_info", default=None)
    logprobs: list[Logprob] = []


class ChatResponse(Wire, kw_only=True):
    model: str
    created_at: str
    message: ReplyMessage
    done: bool
    done_reason: str = ""
    debug_info: DebugInfo | None = field(name="_debug_info", default=None)
    logprobs: list[Logprob] = []
    total_duration: int = 0
    load_duration: int = 0
    prompt_eval_count: int = 0
    prompt_eval_duration: int = 0
    eval_count: int = 0
    eval_duration: int = 0


class EmbedRequest(Wire, kw_only=True):
    model: str = ""
    input: Any = None
    truncate: bool = True
    dimensions: int = 0
    options: dict[str, Any] = {}
    keep_alive: float | str | bool | None = None


class EmbedResponse(Wire, kw_only=True):
    model: str
    embeddings: list[list[float]]
    total_duration: int = 0
    load_duration: int = 0
    prompt_eval_count: int = 0


class EmbeddingsRequest(Wire, kw_only=True):
    model: str = ""
    prompt: str = ""
    options: dict[str, Any] = {}
    keep_alive: float | str | bool | None = None


class EmbeddingsResponse(Wire, kw_only=True):
    embedding: list[float]


class Details(Wire, kw_only=True):
    parent_model: str
    format: str
    family: str
    families: list[str] | None
    parameter_size: str
    quantization_level: str
    context_length: int = 0
    embedding_length: int = 0


class ModelSummary(Wire, kw_only=True):
    """An item of `/api/tags`. `size` in bytes; `digest` is 64 hexadecimal digits of the manifest."""

    name: str
    model: str
    remote_model: str = ""
    remote_host: str = ""
    modified_at: str
    size: int
    digest: str
    details: Details
    capabilities: list[str] = []


class TagsResponse(Wire, kw_only=True):
    models: list[ModelSummary]


class RunningModel(Wire, kw_only=True):
    """An item of `/api/ps`. Sizes in bytes."""

    name: str
    model: str
    size: int
    digest: str
    details: Details
    expires_at: str
    size_vram: int
    context_length: int


class PsResponse(Wire, kw_only=True):
    models: list[RunningModel]


class ModelRequest(Wire, kw_only=True):
    """The body of show and delete; `name` is the old spelling of `model`."""

    model: str = ""
    name: str = ""
    verbose: bool = False


class TensorInfo(Wire, kw_only=True):
    name: str
    type: str
    shape: list[int]


class ShowResponse(Wire, kw_only=True):
    license: str = ""
    modelfile: str = ""
    parameters: str = ""
    template: str = ""
    system: str = ""
    details: Details
    messages: list[Message] = []
    remote_model: str = ""
    remote_host: str = ""
    model_info: dict[str, Any]
    projector_info: dict[str, Any] = {}
    tensors: list[TensorInfo] = []
    capabilities: list[str] = []
    modified_at: str = ""
    requires: str = ""


class CopyRequest(Wire, kw_only=True):
    source: str = ""
    destination: str = ""


class PullRequest(Wire, kw_only=True):
    model: str = ""
    name: str = ""
    insecure: bool = False
    stream: bool = True


class PushRequest(Wire, kw_only=True):
    model: str = ""
    name: str = ""
    insecure: bool = False
    stream: bool = True


class CreateRequest(Wire, kw_only=True):
    model: str = ""
    name: str = ""
    from_: str = field(name="from", default="")
    files: dict[str, str] | None = None
    adapters: dict[str, str] = {}
    draft_files: dict[str, str] = {}
    template: str = ""
    system: str = ""
    license: str | list[str] = ""
    parameters: dict[str, Any] = {}
    messages: list[Message] = []
    renderer: str = ""
    parser: str = ""
    requires: str = ""
    info: dict[str, Any] = {}
    remote_host: str = ""
    quantize: str = ""
    quantization: str = ""
    draft_quantize: str = ""
    stream: bool = True


class Progress(Wire, kw_only=True):
    """A line of pull, create and push streams. `total` and `completed` in bytes."""

    status: str
    digest: str = ""
    total: int = 0
    completed: int = 0


class VersionResponse(Wire, kw_only=True):
    version: str
