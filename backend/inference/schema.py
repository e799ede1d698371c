"""JSON Schemas of a request's `format`, made ready for the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from backend.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_BYTES = 1 << 20
_LONGEST_REASON = 300  # characters
_ANY_OBJECT = {"type": "object"}
# To the engine's compiler: what it does not know, such as a `format` of somebody's own, is no constraint.
_LENIENT = {"x-guidance": {"lenient": True}}
_NAMED = ("properties", "patternProperties", "$defs", "definitions")  # schemas by name
_LISTED = ("anyOf", "oneOf", "allOf", "prefixItems")
_SINGLE = ("items", "additionalProperties", "not", "if", "then", "else")
# Next to these, what an object may hold is not told by `properties` alone.
_OPEN = frozenset({"additionalProperties", "patternProperties", "unevaluatedProperties", "anyOf", "oneOf", "$ref"})


def check(schema: dict[str, Any]) -> None:
    """Raise `BadRequest` for a schema that the engine cannot hold a reply to: it would log that and generate without
    any constraint. The compiler is the engine's own. Blocks for milliseconds.
    """
    from llguidance import LLMatcher  # 8 MB that only schemas need

    try:
        text = orjson.dumps(for_engine(schema))
    except (TypeError, RecursionError) as error:  # nested too deep, or a number of more than 64 bits
        raise BadRequest(f"the schema in the format cannot be followed: {error}") from None
    if len(text) > _MAX_BYTES:
        raise BadRequest(f"the schema in the format is larger than {_MAX_BYTES >> 20} MiB")
    reason = LLMatcher.validate_grammar(LLMatcher.grammar_from_json_schema(text.decode()))
    if reason:
        short = " ".join(reason.split())[:_LONGEST_REASON]
        raise BadRequest(f"the schema in the format cannot be followed: {short}")


def for_engine(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema as the engine gets it. An empty one means any object, as in llama.cpp's own converter."""
    return _LENIENT | closed(schema or _ANY_OBJECT)


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema whose objects hold the properties that they name and no others.

    So does llama.cpp's own converter, which clients know; the engine goes by the standard, which lets a small model add
    properties without end. An object that requires what it does not name stays open. A schema
    with `allOf` is left alone: closed parts could never hold together.
    """
    return schema if any("allOf" in part for part in _parts(schema)) else _closed(schema)


def _closed(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    result = dict(schema)
    for name in _NAMED:
        if isinstance(schema.get(name), dict):
            result[name] = {key: _closed(part) for key, part in schema[name].items()}
    for name in _LISTED:
        if isinstance(schema.get(name), list):
            result[name] = [_closed(part) for part in schema[name]]
    for name in _SINGLE:
        if name in schema:
            result[name] = _closed(schema[name])
    if isinstance(schema.get("properties"), dict) and not _OPEN & schema.keys() and _names_what_it_requires(schema):
        result["additionalProperties"] = False
    return result


def _names_what_it_requires(schema: dict[str, Any]) -> bool:
    required = schema.get("required", [])
    return isinstance(required, list) and all(name in schema["properties"] for name in required)


def _parts(schema: Any) -> Iterator[dict[str, Any]]:
    """The schema and every schema inside."""
    if not isinstance(schema, dict):
        return
    yield schema
    for name in _NAMED:
        if isinstance(schema.get(name), dict):
            for part in schema[name].values():
                yield from _parts(part)
    for name in _LISTED:
        if isinstance(schema.get(name), list):
            for part in schema[name]:
                yield from _parts(part)
    for name in _SINGLE:
        yield from _parts(schema.get(name))
