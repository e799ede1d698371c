"""Replies that have to be tool calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from backend.inference.forced_call import as_calls, call_schema
from backend.inference.pieces import Done, Part, Piece
from backend.wire.ollama import ToolCall, ToolCallFunction

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

CALL = '{"name": "look", "arguments": {"at": "ö", "b": [1]}}'


def tool(name: str, parameters: object) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


async def reply(*parts: Part) -> AsyncGenerator[Part, None]:
    for part in parts:
        yield part


async def called(*parts: Part) -> list[Part]:
    return [part async for part in as_calls(reply(*parts))]


def test_the_schema_has_a_call_of_each_tool() -> None:
    place = {"type": "object", "properties": {"at": {"type": "string"}}}
    first, second = call_schema([tool("look", place), tool("wait", None)])["anyOf"]
    assert first == {
        "type": "object",
        "properties": {"name": {"const": "look"}, "arguments": place},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }
    assert second["properties"] == {"name": {"const": "wait"}, "arguments": {"type": "object", "properties": {}}}


def test_references_still_lead_where_they_led() -> None:
    parameters = {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/A"}, "$ref": {"type": "string"}, "b": {"anyOf": [{"$ref": "#"}]}},
        "$defs": {"A": {"type": "integer"}},
    }
    moved = call_schema([tool("x", {}), tool("y", parameters)])["anyOf"][1]["properties"]["arguments"]
    assert moved["properties"]["a"] == {"$ref": "#/anyOf/1/properties/arguments/$defs/A"}
    assert moved["properties"]["b"] == {"anyOf": [{"$ref": "#/anyOf/1/properties/arguments"}]}
    assert moved["properties"]["$ref"] == {"type": "string"}
    assert moved["$defs"] == parameters["$defs"]


@pytest.mark.parametrize("odd", [{}, {"function": "x"}, {"function": {"name": 5, "parameters": [1]}}])
def test_odd_tools_do_no_harm(odd: dict[str, Any]) -> None:
    (schema,) = call_schema([odd])["anyOf"]
    assert schema["properties"]["arguments"] == {"type": "object", "properties": {}}


async def test_the_text_becomes_a_call() -> None:
    thinking, last = await called(Piece(thinking="hm"), Piece(CALL[:20]), Piece(CALL[20:]), Done("stop", tokens=9))
    assert thinking == Piece(thinking="hm")
    assert isinstance(last, Done)
    (call,) = last.tool_calls
    assert (call.function.name, call.function.arguments) == ("look", {"at": "ö", "b": [1]})
    assert (call.id[:5], len(call.id)) == ("call_", 13)
    assert (last.reason, last.tokens) == ("stop", 9)


@pytest.mark.parametrize("text", [CALL[:30], "plain", "[1]", '{"name": "look"}', '{"name": 5, "arguments": {}}'])
async def test_what_is_no_call_stays_text(text: str) -> None:
    assert await called(Piece(text), Done("length")) == [Piece(text), Done("length")]


async def test_a_call_that_was_already_read_is_left_alone() -> None:
    done = Done("stop", tool_calls=[ToolCall(id="x", function=ToolCallFunction(name="look", arguments={}))])
    assert await called(Piece(thinking="hm"), done) == [Piece(thinking="hm"), done]
    assert await called(Done("load")) == [Done("load")]


async def test_whoever_stops_reading_stops_the_reply() -> None:
    closed = False

    async def endless() -> AsyncGenerator[Part, None]:
        nonlocal closed
        try:
            while True:
                yield Piece(thinking="hm")
        finally:
            closed = True

    parts = as_calls(endless())
    await anext(parts)
    await parts.aclose()
    assert closed
