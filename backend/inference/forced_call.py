"""A reply that has to be a tool call.

The engine cannot be told to call a tool (`tool_choice` changes nothing there), but it can be held to a schema. So the
reply is held to the JSON of a call, and read as one.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import msgspec
import orjson

from backend.inference.pieces import Done, Piece
from backend.inference.tools import new_id
from backend.wire.ollama import ToolCall, ToolCallFunction

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from backend.inference.pieces import Part

_NOTHING: dict[str, Any] = {"type": "object", "properties": {}}


def call_schema(tools: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the JSON of a call of one of the tools looks like: a `format` for the request."""
    return {"anyOf": [_schema_of(index, tool.get("function")) for index, tool in enumerate(tools)]}


async def as_calls(parts: AsyncGenerator[Part, None]) -> AsyncGenerator[Part, None]:
    """The parts of a reply held to `call_schema`, with the call in `Done` in place of the text.

    A reply that was cut off before the end of the call stays text.
    """
    text: list[str] = []
    async with aclosing(parts):
        async for part in parts:
            if isinstance(part, Piece):
                text.append(part.text)
                if part.thinking:
                    yield Piece(thinking=part.thinking)
            elif isinstance(part, Done) and not part.tool_calls:
                call = _read("".join(text))
                if call is None and any(text):
                    yield Piece("".join(text))
                yield part if call is None else msgspec.structs.replace(part, tool_calls=[call])
            else:
                yield part


def _schema_of(index: int, function: object) -> dict[str, Any]:
    name, parameters = None, None
    if isinstance(function, dict):
        name, parameters = function.get("name"), function.get("parameters")
    arguments = parameters if isinstance(parameters, dict) and parameters else _NOTHING
    return {
        "type": "object",
        "properties": {
            "name": {"const": name},
            "arguments": _moved(arguments, f"#/anyOf/{index}/properties/arguments"),
        },
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }


def _moved(schema: Any, place: str) -> Any:
    """The schema for `place` in another one: its references are counted from the root."""
    if isinstance(schema, list):
        return [_moved(part, place) for part in schema]
    if not isinstance(schema, dict):
        return schema
    moved = {key: _moved(part, place) for key, part in schema.items()}
    target = moved.get("$ref")
    if isinstance(target, str) and target.startswith("#"):
        moved["$ref"] = place + target[1:]
    return moved


def _read(text: str) -> ToolCall | None:
    try:
        call = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    match call:
        case {"name": str(name), "arguments": dict(arguments)}:
            return ToolCall(id=new_id(), function=ToolCallFunction(index=0, name=name, arguments=arguments))
    return None
