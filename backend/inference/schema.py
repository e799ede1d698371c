"""JSON Schemas of a request's `format`, made ready for the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backend.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Iterator

_TYPES = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
_NAMED = ("properties", "patternProperties", "$defs", "definitions")  # schemas by name
_LISTED = ("anyOf", "oneOf", "allOf", "prefixItems")
_SINGLE = ("items", "additionalProperties", "not", "if", "then", "else")
# Next to these, what an object may hold is not told by `properties` alone.
_OPEN = frozenset({"additionalProperties", "patternProperties", "unevaluatedProperties", "anyOf", "oneOf", "$ref"})


def check(schema: dict[str, Any]) -> None:
    """Raise `BackendError` (status 500, as other bad formats have) for an unknown type: the engine would log it and
    generate without any constraint.
    """
    for part in _parts(schema):
        kinds = part.get("type", [])
        for kind in kinds if isinstance(kinds, list) else [kinds]:
            if not isinstance(kind, str) or kind not in _TYPES:
                raise BackendError(f"invalid format: {str(kind)[:80]!r} is no type of JSON Schema")


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema whose objects hold the properties that they name and no others.

    So does llama.cpp's own converter, which clients know; the engine goes by the standard, which lets a small model add
    properties without end. A schema with `allOf` is left alone: closed parts could never hold together.
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
    if "properties" in schema and not _OPEN & schema.keys():
        result["additionalProperties"] = False
    return result


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
