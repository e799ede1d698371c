"""The built-in functions: Go's, and those that Ollama adds (the specification's section G.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import quote_from_bytes

from backend.template import comparing
from backend.template.printing import shown, sprint, sprintf, sprintln
from backend.template.values import (
    MISSING,
    JsonList,
    Struct,
    Value,
    decode,
    encode,
    to_json,
    type_name,
    unwrap,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from backend.template.budget import Budget

    Builtin = Callable[[Budget, Sequence[Value]], Value]

_HTML = str.maketrans({"\0": "\ufffd", '"': "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;"})
_JS = {"\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D"}
_JS_SPECIAL = re.compile(r"[\\'\"<>&=]|[^\x20-\x7f]")
_MOST_INDEXES = 3


class CallFailed(Exception):
    """What a function says about its arguments."""


def call(name: str, budget: Budget, today: date, arguments: Sequence[Value]) -> Value:
    """The function's value. Raises `CallFailed`, and `BadTemplate` when the budget is used up."""
    budget.work()
    if name in {"currentDate", "yesterdayDate"}:
        return (today - timedelta(days=name == "yesterdayDate")).isoformat()
    function, least, most = _FUNCTIONS[name]
    if not least <= len(arguments) <= (len(arguments) if most is None else most):
        want = f"at least {least}" if most is None else str(least)
        raise CallFailed(f"wrong number of args for {name}: want {want} got {len(arguments)}")
    try:
        return function(budget, arguments)
    except comparing.NotComparable as error:
        raise CallFailed(f"error calling {name}: {error}") from None


def _len(budget: Budget, arguments: Sequence[Value]) -> Value:
    value = unwrap(arguments[0])
    if isinstance(value, str):
        if value.isascii():
            return len(value)
        budget.work(len(value))
        return len(encode(value))
    if isinstance(value, list | dict):
        return len(value)
    raise CallFailed(f"error calling len: len of type {type_name(value)}")


def _index(budget: Budget, arguments: Sequence[Value]) -> Value:
    value = arguments[0]
    if value is MISSING or value is None:
        raise CallFailed("error calling index: index of untyped nil")
    for index in arguments[1:]:
        container = unwrap(value)
        if isinstance(container, dict):
            if not isinstance(index, str):
                raise CallFailed(f"error calling index: value has type {type_name(index)}; should be string")
            value = container.get(index)
        elif isinstance(container, str | list):
            if isinstance(index, bool) or not isinstance(index, int):
                raise CallFailed(f"error calling index: cannot index slice/array with type {type_name(index)}")
            budget.work(len(container) if isinstance(container, str) else 0)
            items = encode(container) if isinstance(container, str) else container
            if not 0 <= index < len(items):
                raise CallFailed(f"error calling index: index out of range: {index}")
            value = items[index]
        else:
            raise CallFailed(f"error calling index: can't index item of type {type_name(container)}")
    return value


def _slice(budget: Budget, arguments: Sequence[Value]) -> Value:
    value, bounds = unwrap(arguments[0]), arguments[1:]
    if value is MISSING or value is None:
        raise CallFailed("error calling slice: slice of untyped nil")
    if len(bounds) > _MOST_INDEXES:
        raise CallFailed(f"error calling slice: too many slice indexes: {len(bounds)}")
    if not isinstance(value, str | list):
        raise CallFailed(f"error calling slice: can't slice item of type {type_name(value)}")
    if isinstance(value, str) and len(bounds) == _MOST_INDEXES:
        raise CallFailed("error calling slice: cannot 3-index slice a string")
    budget.work(len(value))
    items = encode(value) if isinstance(value, str) else value
    numbers = []
    for bound in bounds:
        if isinstance(bound, bool) or not isinstance(bound, int):
            raise CallFailed(f"error calling slice: cannot index slice/array with type {type_name(bound)}")
        if not 0 <= bound <= len(items):
            raise CallFailed(f"error calling slice: index out of range: {bound}")
        numbers.append(bound)
    if numbers != sorted(numbers):
        low, high = next((a, b) for a, b in pairwise(numbers) if a > b)
        raise CallFailed(f"error calling slice: invalid slice index: {low} > {high}")
    part = items[slice(*numbers[:2])] if len(numbers) > 1 else items[numbers[0] :] if numbers else items
    if isinstance(part, bytes):
        return decode(part)
    return JsonList(part) if isinstance(arguments[0], JsonList) else part


def _printf(budget: Budget, arguments: Sequence[Value]) -> Value:
    if not isinstance(arguments[0], str):
        raise CallFailed(f"wrong type for value; expected string; got {type_name(arguments[0])}")
    return sprintf(budget, arguments[0], arguments[1:])


def _text(budget: Budget, arguments: Sequence[Value]) -> str:
    """What the escaping functions escape."""
    return sprint(budget, [shown(value) if value in (MISSING, None) else value for value in arguments])


def _html(budget: Budget, arguments: Sequence[Value]) -> Value:
    return _counted(budget, _text(budget, arguments).translate(_HTML))


def _js(budget: Budget, arguments: Sequence[Value]) -> Value:
    return _counted(budget, _JS_SPECIAL.sub(_js_escape, _text(budget, arguments)))


def _js_escape(match: re.Match[str]) -> str:
    char = match[0]
    return _JS.get(char) or (char if char.isprintable() else f"\\u{ord(char):04X}")


def _urlquery(budget: Budget, arguments: Sequence[Value]) -> Value:
    return _counted(budget, quote_from_bytes(encode(_text(budget, arguments)), safe=" ").replace(" ", "+"))


def _json(budget: Budget, arguments: Sequence[Value]) -> Value:
    return _counted(budget, to_json(arguments[0]))


def _counted(budget: Budget, text: str) -> str:
    budget.made(len(text))
    return text


def _typescript(budget: Budget, arguments: Sequence[Value]) -> Value:
    """A property's type as TypeScript writes it; several are joined."""
    prop = arguments[0]
    fields = prop.fields if isinstance(prop, Struct) else unwrap(prop)
    if not isinstance(fields, Mapping):
        raise CallFailed(f"wrong type for value; expected api.ToolProperty; got {type_name(prop)}")
    options = unwrap(fields.get("AnyOf"))
    if isinstance(options, list) and options:
        return " | ".join(str(_typescript(budget, [option])) for option in options)
    kinds = unwrap(fields.get("Type"))
    names = kinds if isinstance(kinds, list) else [kinds] if kinds else []
    return " | ".join(_TYPESCRIPT.get(str(name), "any") for name in names) or "any"


_TYPESCRIPT = {
    "string": "string",
    "number": "number",
    "integer": "number",
    "boolean": "boolean",
    "array": "any[]",
    "object": "Record<string, any>",
    "null": "null",
}


def _call(budget: Budget, arguments: Sequence[Value]) -> Value:
    """No value of a template is a function."""
    budget.work()
    if arguments[0] is MISSING or arguments[0] is None:
        raise CallFailed("error calling call: call of nil")
    raise CallFailed(f"error calling call: non-function of type {type_name(arguments[0])}")


# Name → function, least and most arguments (`None`: any number). `and` and `or` stop early: `evaluate` has them.
_FUNCTIONS: dict[str, tuple[Builtin, int, int | None]] = {
    "call": (_call, 1, None),
    "html": (_html, 0, None),
    "index": (_index, 1, None),
    "slice": (_slice, 1, None),
    "js": (_js, 0, None),
    "len": (_len, 1, 1),
    "not": (lambda _, arguments: not comparing.truth(arguments[0]), 1, 1),
    "print": (lambda budget, arguments: sprint(budget, arguments), 0, None),
    "printf": (_printf, 1, None),
    "println": (lambda budget, arguments: sprintln(budget, arguments), 0, None),
    "urlquery": (_urlquery, 0, None),
    "eq": (comparing.eq, 1, None),
    "ge": (comparing.ge, 2, 2),
    "gt": (comparing.gt, 2, 2),
    "le": (comparing.le, 2, 2),
    "lt": (comparing.lt, 2, 2),
    "ne": (comparing.ne, 2, 2),
    "json": (_json, 1, 1),
    "toTypeScriptType": (_typescript, 1, 1),
}
NAMES = frozenset({*_FUNCTIONS, "and", "or", "currentDate", "yesterdayDate"})
