"""Schemas of `format`."""

from __future__ import annotations

from typing import Any

import pytest

from backend.errors import BadRequest
from backend.inference.schema import check, closed, for_engine

pytestmark = pytest.mark.section("A.2")

CITY = {"type": "object", "properties": {"city": {"type": "string"}}}
CLOSED_CITY = CITY | {"additionalProperties": False}


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(depth):
        schema = {"items": schema}
    return schema


@pytest.mark.section("M.14")
@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (CITY, CLOSED_CITY),
        ({"type": "array", "items": CITY}, {"type": "array", "items": CLOSED_CITY}),
        ({"anyOf": [CITY, {"type": "null"}]}, {"anyOf": [CLOSED_CITY, {"type": "null"}]}),
        (
            {"properties": {"a": {"$ref": "#/$defs/City"}}, "$defs": {"City": CITY}},
            {
                "properties": {"a": {"$ref": "#/$defs/City"}},
                "$defs": {"City": CLOSED_CITY},
                "additionalProperties": False,
            },
        ),
    ],
)
def test_objects_hold_what_they_name(schema: dict[str, Any], expected: dict[str, Any]) -> None:
    before = repr(schema)
    assert closed(schema) == expected
    assert repr(schema) == before


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        CITY | {"additionalProperties": True},
        CITY | {"additionalProperties": {"type": "integer"}},
        CITY | {"patternProperties": {"^x": {}}},
        {"allOf": [CITY, {"properties": {"warm": {"type": "boolean"}}}]},
        {"properties": {"a": {"allOf": [{"$ref": "#/$defs/City"}]}}, "$defs": {"City": CITY}},
        {"type": "string"},
        {"anyOf": 5, "items": [5]},
        CITY | {"required": ["country"]},
        {"properties": "x"},
    ],
)
def test_what_says_otherwise_is_left_alone(schema: dict[str, Any]) -> None:
    assert closed(schema) == schema


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "strnig"}, "strnig"),
        ({"items": {"type": ["string", "text"]}}, "text"),
        ({"type": 5}, "type"),
        ({"type": {"a": 1}}, "type"),
        ({"$ref": "#/$defs/nope"}, "/$defs/nope"),
        ({"$ref": "http://example.com/x.json"}, "example.com"),
        ({"properties": "x"}, "properties must be an object"),
        ({"enum": []}, "anyOf is empty"),
        ({"type": "string", "pattern": "("}, "unclosed group"),
        ({"type": "string", "pattern": "(" * 60_000}, "regex parse error"),
        ({"type": "integer", "minimum": 5, "maximum": 1}, "greater than maximum"),
        ({"enum": [f"w{n}" for n in range(200_000)]}, "larger than 1 MiB"),
        (nested(300), "Recursion limit"),
        (nested(2000), "recursion depth"),
        ({"const": 1 << 70}, "64-bit"),
    ],
)
def test_what_the_engine_would_ignore_is_refused(schema: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadRequest) as error:
        check(schema)
    assert reason in error.value.message
    assert len(error.value.message) < 400


@pytest.mark.parametrize(
    "schema",
    [
        {},
        CITY,
        {"type": ["string", "null"]},
        {"enum": [1, 2]},
        {"type": "string", "format": "of my own"},
        {"type": "array", "items": {"type": "integer"}, "uniqueItems": True},
        {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["b"]},
        {"type": "object", "if": {"properties": {"a": {"const": 1}}}, "then": {"required": ["b"]}},
        {"$defs": {"n": {"properties": {"n": {"$ref": "#/$defs/n"}}}}, "$ref": "#/$defs/n"},
    ],
)
def test_others_pass(schema: dict[str, Any]) -> None:
    check(schema)


def test_the_engine_is_told_to_ignore_what_it_does_not_know() -> None:
    lenient = {"lenient": True}
    assert for_engine({}) == {"type": "object", "x-guidance": lenient}
    assert for_engine(CITY) == CLOSED_CITY | {"x-guidance": lenient}
    assert for_engine({"x-guidance": {"whitespace_flexible": False}})["x-guidance"] == {"whitespace_flexible": False}
