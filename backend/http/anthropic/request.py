"""From a Messages request to the chat request that inference serves (the specification's section B.8)."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any

from backend.errors import BadRequest
from backend.http.body import converted
from backend.inference.forced_call import call_schema
from backend.wire import anthropic as wire
from backend.wire.ollama import ChatRequest, Message, ToolCall, ToolCallFunction

if TYPE_CHECKING:
    from collections.abc import Sequence

_EFFORTS = {"": None, "low": "low", "medium": "medium", "high": "high", "xhigh": "high", "max": "max"}
_SERVER_TOOL = "web_search"  # how the types of tools begin that the server itself would have to run


def generation(body: wire.MessagesRequest) -> ChatRequest:
    """The chat that `POST /v1/messages` asks for. Raises `BadRequest`."""
    if not body.model:
        raise BadRequest("model is required")
    if body.max_tokens <= 0:
        raise BadRequest("max_tokens is required and must be positive")
    request = prompt(body)
    output = body.output_config.format
    if output.type == "json_schema" and output.schema is not None:  # Ollama ignores it
        request.format = output.schema
    if must_call(body):
        request.format = call_schema(request.tools)
    given = {
        "num_predict": body.max_tokens,
        "temperature": body.temperature,
        "top_p": body.top_p,
        "top_k": body.top_k,
        "stop": body.stop_sequences or None,
    }
    request.options = {name: value for name, value in given.items() if value is not None}
    return request


def must_call(body: wire.MessagesRequest) -> bool:
    """Whether the reply has to be a tool call."""
    return bool(body.tools) and body.tool_choice.type in {"any", "tool"}


def prompt(body: wire.CountRequest) -> ChatRequest:
    """What the model would see of the request. Raises `BadRequest`."""
    if not body.model:
        raise BadRequest("model is required")
    if not body.messages:
        raise BadRequest("messages is required")
    system = "".join(part.text for part in _text_blocks(body.system, "system"))
    messages = [Message(role="system", content=system)] if system else []
    names: dict[str, str] = {}
    for index, message in enumerate(body.messages):
        messages += _messages(message, names, f"messages[{index}]")
    return ChatRequest(model=body.model, messages=messages, tools=_tools(body), think=_think(body))


def _text_blocks(content: str | list[wire.Block], place: str) -> list[wire.TextBlock]:
    if isinstance(content, str):
        return [wire.TextBlock(text=content)]
    texts = [block for block in content if block.get("type") == "text"]
    return [converted(block, wire.TextBlock, place) for block in texts]


def _messages(message: wire.InputMessage, names: dict[str, str], place: str) -> list[Message]:
    """The results of tools that a turn holds, each as a message, and the turn itself: after what it answers, but
    before the results of its own calls.

    `names` gathers the tools' names by the ids of their calls.
    """
    turn = Message(role=message.role.lower(), content="")
    if isinstance(message.content, str):
        turn.content = message.content
        return [turn]
    results: list[Message] = []
    texts: list[str] = []
    thoughts: list[str] = []
    for index, block in enumerate(message.content):
        where = f"{place}.content[{index}]"
        match block.get("type"):
            case "text":
                texts.append(converted(block, wire.TextBlock, where).text)
            case "image":
                turn.images.append(_image(block, where))
            case "thinking":
                thoughts.append(converted(block, wire.ThinkingBlock, where).thinking)
            case "tool_use" | "server_tool_use":
                call = _tool_call(converted(block, wire.ToolUseBlock, where), where)
                turn.tool_calls.append(call)
                names[call.id] = call.function.name
            case "tool_result":
                results.append(_tool_result(converted(block, wire.ToolResultBlock, where), names, where))
            case "web_search_tool_result":
                results.append(_search_result(converted(block, wire.SearchResultBlock, where), names, where))
    turn.content, turn.thinking = "".join(texts), "".join(thoughts)
    if turn.tool_calls:
        return [turn, *results]  # of searches that another server ran within its turn
    said = turn.content or turn.images or turn.thinking
    return [*results, turn] if said or not results else results


def _image(block: wire.Block, place: str) -> str:
    """The picture as base64, as the native interface has it."""
    source = converted(block, wire.ImageBlock, place).source
    if source.type != "base64":
        raise BadRequest(f"invalid image source type: {source.type}. Only base64 images are supported.")
    try:
        b64decode(source.data, validate=True)
    except ValueError as error:
        raise BadRequest(f"{place}: invalid base64 image data: {error}") from None
    return source.data


def _tool_call(block: wire.ToolUseBlock, place: str) -> ToolCall:
    for field in ("id", "name"):
        if not getattr(block, field):
            raise BadRequest(f"{place}: tool_use block missing required '{field}' field")
    return ToolCall(id=block.id, function=ToolCallFunction(name=block.name, arguments=block.input))


def _tool_result(block: wire.ToolResultBlock, names: dict[str, str], place: str) -> Message:
    images = []
    if not isinstance(block.content, str):
        images = [_image(inner, place) for inner in block.content if inner.get("type") == "image"]
    text = "".join(part.text for part in _text_blocks(block.content, place))
    return _from_tool(block.tool_use_id, names, text, images)


def _search_result(block: wire.SearchResultBlock, names: dict[str, str], place: str) -> Message:
    """What a search on another server found, as text: titles and addresses; its pages are sealed for that server."""
    if isinstance(block.content, dict):
        return _from_tool(block.tool_use_id, names, f"Error: {block.content.get('error_code', 'unknown')}")
    found = [f"- {result.get('title', '')}: {result.get('url', '')}\n" for result in block.content]
    return _from_tool(block.tool_use_id, names, "".join(found))


def _from_tool(call: str, names: dict[str, str], text: str, images: Sequence[str] = ()) -> Message:
    return Message(role="tool", content=text, images=list(images), tool_call_id=call, tool_name=names.get(call, ""))


def _tools(body: wire.CountRequest) -> list[dict[str, Any]]:
    """The tools that the model may call, as the native interface has them: none, the one of `tool_choice`, or all.

    A search of the web is left out.
    """
    choice = body.tool_choice
    if choice.type == "none":
        return []
    own = [tool for tool in body.tools if not tool.type.startswith(_SERVER_TOOL)]
    if body.tools and not own:
        raise BadRequest(
            f'this server cannot search the web for the model: leave the tool "{body.tools[0].name}" out of tools, '
            "or offer a tool of your own"
        )
    named = [tool for tool in own if choice.type != "tool" or tool.name == choice.name]
    if own and not named:
        raise BadRequest(f'tool_choice names "{choice.name}", which is not among the tools')
    return [_function(tool) for tool in named]


def _function(tool: wire.Tool) -> dict[str, Any]:
    function: dict[str, Any] = {"name": tool.name}
    if tool.description:
        function["description"] = tool.description
    function["parameters"] = tool.input_schema or {"type": "object", "properties": {}}
    return {"type": "function", "function": function}


def _think(body: wire.CountRequest) -> bool | str | None:
    """Whether and how much to think; `None` leaves it to the model, as "adaptive" does unless there is an effort."""
    if body.thinking.type == "enabled":
        return True
    if body.thinking.type == "disabled":
        return False
    if body.output_config.effort not in _EFFORTS:
        known = ", ".join(f'"{effort}"' for effort in _EFFORTS if effort)
        raise BadRequest(f'invalid output_config.effort: "{body.output_config.effort}" (must be one of {known})')
    return _EFFORTS[body.output_config.effort]
