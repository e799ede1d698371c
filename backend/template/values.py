"""The values of a running template: Go's types in Python's.

`bool`, `int`, `float`, `str`, `list` and `dict` stand for Go's bool, int, float64, string, []any and map[string]any;
`None` is a nil inside a map or list, `MISSING` what Go calls an invalid value: a key that is not there. Go's strings
are bytes: where a template cuts one inside a character, the loose bytes are lone surrogates (`surrogateescape`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias, Union

import orjson

from backend.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Mapping


class Missing(Enum):
    """The type of `MISSING`, as mypy wants it."""

    MISSING = "<no value>"


MISSING = Missing.MISSING


@dataclass(frozen=True, slots=True, eq=False)
class Struct:
    """A Go struct behind a pointer. One with `json` prints as JSON; it is what prints, in this order of keys."""

    type: str
    fields: Mapping[str, Value] = field(default_factory=dict)
    json: Json | Missing = MISSING


@dataclass(frozen=True, slots=True, eq=False)
class JsonMap:
    """A map that prints as JSON with sorted keys."""

    items: dict[str, Value]


@dataclass(frozen=True, slots=True, eq=False)
class JsonList:
    """A list that prints as JSON."""

    items: list[Value]


Value: TypeAlias = Union[
    Missing, bool, int, float, str, "list[Value]", "dict[str, Value]", Struct, JsonMap, JsonList, None
]
Json: TypeAlias = Union[bool, int, float, str, "list[Json]", "dict[str, Json]", None]

_DEPTH = 60
_EXACT = 1 << 53  # whole numbers up to here are the same in Go's float64
_HTML = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def from_json(value: object, depth: int = _DEPTH) -> Value:
    """JSON as Go decodes it: every number is a float64. Raises `BadRequest` for what is nested too deep."""
    if depth == 0:
        raise BadRequest(f"the request holds values that are nested deeper than {_DEPTH} levels")
    if isinstance(value, dict):
        return {str(key): from_json(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [from_json(item, depth - 1) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value) if abs(value) <= _EXACT else value
    if value is None or isinstance(value, bool | float | str):
        return value
    raise BadRequest("the request holds a value that is not JSON")


def unwrap(value: Value) -> Value:
    """What is inside a map or list that only prints differently."""
    return value.items if isinstance(value, JsonMap | JsonList) else value


def encode(text: str) -> bytes:
    """The bytes of a text, as Go counts them."""
    return text.encode("utf-8", "surrogateescape")


def decode(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def whole(text: str) -> str:
    """The text with loose bytes joined to characters again, and what is none replaced."""
    return encode(text).decode("utf-8", "replace")


def type_name(value: Value) -> str:
    """Go's name of the type, for errors and `%T`."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, Struct):
        return value.type
    names = {int: "int", float: "float64", str: "string", list: "[]interface {}", dict: "map[string]interface {}"}
    return names.get(type(unwrap(value)), "<nil>")


def to_json(value: Value | Json) -> str:
    """Compact JSON as Go's encoder writes it: sorted keys, HTML's special characters escaped."""
    value = unwrap(value)  # type: ignore[arg-type] # JSON is a part of `Value`
    if isinstance(value, Struct):
        return _ordered(value.json) if value.json is not MISSING else to_json(dict(value.fields))
    if isinstance(value, dict):
        return "{" + ",".join(f"{_text(key)}:{to_json(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(to_json, value)) + "]"
    return _scalar(value)


def _ordered(value: Json | Missing) -> str:
    """JSON that keeps the order of its keys, as structs do."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_text(key)}:{_ordered(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_ordered, value)) + "]"
    return _scalar(value)


def _scalar(value: Value) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    return str(value) if isinstance(value, int) else "null"


def _text(text: str) -> str:
    return orjson.dumps(whole(text)).decode().translate(_HTML)


def _float(value: float) -> str:
    if value == 0 or 1e-6 <= abs(value) < 1e21:  # Python alone changes to exponents sooner
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    return repr(value).replace("e-0", "e-")
