"""Schemas of `format`."""

from __future__ import annotations

from typing import Any

import pytest

from backend.errors import BackendError
from backend.inference.schema import check, closed

CITY = {"type": "object", "properties": {"city": {"type": "string"}}}
CLOSED_CITY = CITY | {"additionalProperties": False}


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
    ],
)
def test_what_says_otherwise_is_left_alone(schema: dict[str, Any]) -> None:
    assert closed(schema) == schema


@pytest.mark.parametrize(
    "schema", [{"type": "strnig"}, {"items": {"type": ["string", "text"]}}, {"type": 5}, {"type": {"a": 1}}]
)
def test_an_unknown_type_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(BackendError, match="no type of JSON Schema"):
        check(schema)


@pytest.mark.parametrize("schema", [{}, CITY, {"type": ["string", "null"]}, {"enum": [1, 2]}])
def test_known_types_pass(schema: dict[str, Any]) -> None:
    check(schema)
