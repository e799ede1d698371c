"""Tool calls written as Python (LFM2, Olmo 3): `[f(a=1), g(b="x")]`, or one call a line."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from backend.inference.parsers.call import Call, NotACall, call

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_LONGEST = 1 << 17  # characters that Python's parser is given
_STRING = re.compile(r""""(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?""", re.DOTALL)  # also one without an end: linear
_ESCAPE = re.compile(r"\\.", re.DOTALL)
_KNOWN = frozenset("\\'\"nrtbfavxuUN01234567")
_CONSTANTS = {"true": True, "false": False, "null": None}


def python_calls(text: str, tools: Sequence[Mapping[str, Any]]) -> list[Call]:
    """At least one call; raises `NotACall`. Nothing of the text is run. Arguments are literals, or words, which are
    read as strings.
    """
    if len(text) > _LONGEST:
        raise NotACall("too long")
    try:
        module = ast.parse(_STRING.sub(_python_string, text.strip()))
        found = [_read(node) for statement in module.body for node in _calls(statement)]
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise NotACall("no Python") from None
    if not found:
        raise NotACall("no call")
    return found


def _python_string(found: re.Match[str]) -> str:
    """The string literal as Python wants it: on one line, without escapes that it does not know."""
    return _ESCAPE.sub(_doubled, found[0]).replace("\r", "\\r").replace("\n", "\\n")


def _doubled(found: re.Match[str]) -> str:
    """The escape as it is if Python knows it, else with its backslash as a character."""
    return found[0] if found[0][1] in _KNOWN else "\\" + found[0]


def _calls(statement: ast.stmt) -> Iterable[ast.expr]:
    if not isinstance(statement, ast.Expr):
        raise NotACall("no expression")
    value = statement.value
    return value.elts if isinstance(value, ast.List | ast.Tuple) else [value]


def _read(node: ast.expr) -> Call:
    if not isinstance(node, ast.Call) or node.args:
        raise NotACall("no call with named arguments")
    return call(_dotted(node.func), {_key(item): _value(item.value) for item in node.keywords})


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Name):
        return node.id
    raise NotACall("no name of a function")


def _key(item: ast.keyword) -> str:
    if item.arg is None:
        raise NotACall("an argument without a name")
    return item.arg


def _value(node: ast.expr) -> Any:
    return ast.literal_eval(_WithoutNames().visit(node))


class _WithoutNames(ast.NodeTransformer):
    """JSON's constants for their names, and the word itself for every other name."""

    def visit_Name(self, node: ast.Name) -> ast.Constant:
        return ast.Constant(_CONSTANTS.get(node.id, node.id))
