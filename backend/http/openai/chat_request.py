"""A chat request of OpenAI's, translated to the native one (the specification's section B.2)."""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, Any

import orjson

from backend.errors import BadRequest
from backend.inference.forced_call import call_schema
from backend.wire.ollama import ChatRequest, Message, ToolCall, ToolCallFunction

if TYPE_CHECKING:
    from backend.wire.openai import AskedToolCall, ChatCompletionRequest, ChatMessage

_IMAGE = re.compile(r"data:(?:image/(?:jpeg|jpg|png|webp))?;base64,", re.IGNORECASE)
_THINK: dict[str, bool | str | None] = {
    "": None,
    "none": False,
    **dict.fromkeys(("minimal", "low"), "low"),
    "medium": "medium",
    "high": "high",
    **dict.fromkeys(("max", "xhigh", "ultra"), "max"),
}


def native(request: ChatCompletionRequest) -> ChatRequest:
    """The same request for this backend's own inference. Raises `BadRequest`."""
    if not request.messages:
        raise BadRequest("[] is too short - 'messages'")
    tools = _tools(request)
    return ChatRequest(
        model=request.model,
        messages=_messages(request.messages),
        format=call_schema(tools) if must_call(request) else _format(request),
        options=_options(request),
        think=think(request.reasoning.effort or request.reasoning_effort),
        tools=tools,
        logprobs=request.logprobs,
        top_logprobs=request.top_logprobs,
        debug_render_only=request.debug_render_only,
    )


def _options(request: ChatCompletionRequest) -> dict[str, Any]:
    """Nulls among them are skipped further on. OpenAI's defaults win over the model's own parameters, as in Ollama."""
    limit = request.max_tokens if request.max_completion_tokens is None else request.max_completion_tokens
    stop = [request.stop] if isinstance(request.stop, str) else request.stop
    return {
        "num_predict": limit,
        "temperature": 1.0 if request.temperature is None else request.temperature,
        "top_p": 1.0 if request.top_p is None else request.top_p,
        "seed": request.seed,
        "frequency_penalty": request.frequency_penalty,
        "presence_penalty": request.presence_penalty,
        "stop": [text for text in stop if isinstance(text, str)] if isinstance(stop, list) else None,
    }


def think(effort: str) -> bool | str | None:
    """An effort of reasoning in the native terms; `None` for an empty one. Raises `BadRequest`."""
    if effort not in _THINK:
        raise BadRequest(
            f'invalid reasoning value: "{effort}" '
            '(must be "minimal", "low", "medium", "high", "xhigh", "ultra", "max", or "none")'
        )
    return _THINK[effort]


def _format(request: ChatCompletionRequest) -> Any:
    match request.response_format.type.strip().lower():
        case "json_object":
            return "json"
        case "json_schema":
            return request.response_format.json_schema.schema
    return None


def must_call(request: ChatCompletionRequest) -> bool:
    """Whether the reply has to be a tool call."""
    return bool(request.tools) and (request.tool_choice == "required" or _chosen(request) is not None)


def _tools(request: ChatCompletionRequest) -> list[dict[str, Any]]:
    """The tools that the model may call: none, or the one that `tool_choice` names, or all."""
    if request.tool_choice == "none":
        return []
    chosen = _chosen(request)
    if chosen is None or not request.tools:
        return request.tools
    named = [tool for tool in request.tools if _name(tool) == chosen]
    if not named:
        raise BadRequest(f"tool_choice names {chosen!r}, which is not among the tools")
    return named[:1]


def _chosen(request: ChatCompletionRequest) -> str | None:
    """The function that `tool_choice` names."""
    name = _name(request.tool_choice) if isinstance(request.tool_choice, dict) else None
    return name if isinstance(name, str) else None


def _name(tool: dict[str, Any]) -> object:
    function = tool.get("function")
    return function.get("name") if isinstance(function, dict) else None


def _messages(messages: list[ChatMessage]) -> list[Message]:
    names: dict[str, str] = {}  # of tools, by the id of the call
    result = []
    for message in messages:
        text, media = _content(message)
        calls = [_tool_call(call) for call in message.tool_calls]
        names.update((call.id, call.function.name) for call in calls)
        role = message.role.lower()
        is_result = role == "tool"
        result.append(
            Message(
                # Few templates know a developer; where one does, it treats the system text as a developer's.
                role="system" if role == "developer" else role,
                content=text,
                thinking=message.reasoning,
                images=media,
                tool_calls=calls,
                tool_name=(message.name or names.get(message.tool_call_id, "")) if is_result else "",
                tool_call_id=message.tool_call_id,
            )
        )
    return result


def _tool_call(call: AskedToolCall) -> ToolCall:
    try:
        arguments = orjson.loads(call.function.arguments)
    except orjson.JSONDecodeError:
        arguments = None
    if not isinstance(arguments, dict):
        raise BadRequest("invalid tool call arguments")
    return ToolCall(id=call.id, function=ToolCallFunction(name=call.function.name, arguments=arguments))


def _content(message: ChatMessage) -> tuple[str, list[str]]:
    """Text and media of one message: its text parts, a line each, and its images and recordings."""
    content = message.content
    if isinstance(content, str):
        return content, []
    if content is None and message.tool_calls:
        return "", []
    if not isinstance(content, list):
        raise BadRequest(f"invalid message content type: {'<nil>' if content is None else type(content).__name__}")
    texts, media = [], []
    for part in content:
        match part:
            case {"type": "text", "text": str(text)}:
                texts.append(text)
            case {"type": "image_url", "image_url": {"url": str(url)} | str(url)}:
                media.append(image(url))
            case {"type": "input_audio", "input_audio": {"data": str(data)}}:
                media.append(_base64(data, "invalid audio input"))
            case _:
                raise BadRequest("invalid message format")
    return "\n".join(texts), media


def image(url: str) -> str:
    """The base64 that a data URI holds. Raises `BadRequest` for every other address."""
    if url.lower().startswith(("http://", "https://")):
        raise BadRequest("image URLs are not currently supported, please use base64 encoded data instead")
    start = _IMAGE.match(url)
    if start is None:
        raise BadRequest("invalid image input")
    return _base64(url[start.end() :], "invalid image input")


def _base64(data: str, refusal: str) -> str:
    if not data:
        raise BadRequest(refusal)
    try:
        binascii.a2b_base64(data, strict_mode=True)
    except ValueError:
        raise BadRequest(refusal) from None
    return data
