"""A tool call that was read, and the values of its arguments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,300}\.?[0-9]{0,300}|\.[0-9]{1,300})(?:[eE][+-]?[0-9]{1,3})?")
_NAME = re.compile(r"[^\s<>{}()\[\]\"'`|]{1,256}")
_BOOLEANS = {"true": True, "false": False}


class NotACall(ValueError):
    """What stands between the tags of a call is none. It is shown as text."""


@dataclass(frozen=True, slots=True)
class Call:
    """Made by `call`. `arguments` can be written as JSON. `id` is empty where the model gives none."""

    name: str
    arguments: dict[str, Any]
    id: str = ""


def call(name: str, arguments: object, *, id: str = "") -> Call:  # noqa: A002 # the field's name
    """Raises `NotACall` for a name that no function has, and for arguments that are no JSON object."""
    name = name.strip()
    if not _NAME.fullmatch(name) or not isinstance(arguments, dict):
        raise NotACall("no name, or arguments that are no object")
    try:
        return Call(name, orjson.loads(orjson.dumps(arguments)), id)
    except (TypeError, ValueError, RecursionError):
        raise NotACall("the arguments cannot be written as JSON") from None


def read_json(text: str) -> Any:
    """Raises `NotACall`."""
    try:
        return orjson.loads(text)
    except (ValueError, RecursionError):
        raise NotACall("no JSON") from None


def kinds_of(tools: Iterable[Mapping[str, Any]], function: str) -> dict[str, Sequence[str]]:
    """The JSON types that a function's schema names for each of its parameters; none for an unknown function."""
    for tool in tools:
        described = tool.get("function")
        if isinstance(described, dict) and described.get("name") == function:
            parameters = described.get("parameters")
            properties = parameters.get("properties") if isinstance(parameters, dict) else None
            return {key: _kinds(value) for key, value in properties.items()} if isinstance(properties, dict) else {}
    return {}


def typed(text: str, kinds: Sequence[str]) -> Any:
    """The value that stands as bare text in a call: of the most special of the types that it fits, else the text.

    `null` is null whatever the type. A text of no type known is a string; a boolean that is none is false.
    """
    if text.lower() == "null":
        return None
    if "boolean" in kinds and (text.lower() in _BOOLEANS or len(kinds) == 1):
        return _BOOLEANS.get(text.lower(), False)
    if "integer" in kinds and _INTEGER.fullmatch(text):
        return _bounded(int(text), text)
    if "number" in kinds and _NUMBER.fullmatch(text):
        number = float(text)
        return _bounded(int(number), text) if number.is_integer() else number
    for kind, made in (("array", list), ("object", dict)):
        if kind in kinds:
            try:
                value = orjson.loads(text)
            except (ValueError, RecursionError):
                continue
            if isinstance(value, made):
                return value
    return text


def _bounded(number: int, text: str) -> int | str:
    """JSON's readers know 64 bits."""
    return number if -(1 << 63) <= number < 1 << 63 else text


def _kinds(schema: object) -> list[str]:
    if not isinstance(schema, dict):
        return []
    options = schema.get("anyOf")
    if isinstance(options, list) and options:
        return [kind for option in options if isinstance(option, dict) for kind in _listed(option.get("type"))]
    return _listed(schema.get("type"))


def _listed(kind: object) -> list[str]:
    return [item for item in (kind if isinstance(kind, list) else [kind]) if isinstance(item, str)]
