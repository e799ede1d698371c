"""Truth and comparison as Go's templates have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.template.values import MISSING, JsonList, JsonMap, Struct, Value, type_name, unwrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend.template.budget import Budget


class NotComparable(Exception):
    """Go compares no values of these types."""


def truth(value: Value) -> bool:
    """Whether `if` takes the value as true: not false, 0, nil or empty."""
    return isinstance(value, Struct) or (value is not MISSING and bool(unwrap(value)))


def eq(budget: Budget, arguments: Sequence[Value]) -> bool:
    """Whether the first equals any other."""
    if len(arguments) == 1:
        raise NotComparable("missing argument for comparison")
    return any(_equal(budget, arguments[0], other) for other in arguments[1:])


def ne(budget: Budget, arguments: Sequence[Value]) -> bool:
    return not _equal(budget, arguments[0], arguments[1])


def lt(budget: Budget, arguments: Sequence[Value]) -> bool:
    left, right = arguments
    kind = _ordered_kind(left)
    if kind != _ordered_kind(right):
        raise NotComparable("incompatible types for comparison")
    if isinstance(left, str) and isinstance(right, str):
        budget.work(min(len(left), len(right)))
        return left < right
    if kind != "bool" and isinstance(left, int | float) and isinstance(right, int | float):
        return left < right
    raise NotComparable("invalid type for comparison")


def le(budget: Budget, arguments: Sequence[Value]) -> bool:
    return lt(budget, arguments) or _equal(budget, *arguments)


def gt(budget: Budget, arguments: Sequence[Value]) -> bool:
    return not le(budget, arguments)


def ge(budget: Budget, arguments: Sequence[Value]) -> bool:
    return not lt(budget, arguments)


def _basic_kind(value: Value) -> str:
    """`bool`, `int`, `float` or `string`; empty for every other."""
    return {bool: "bool", int: "int", float: "float", str: "string"}.get(type(value), "")


def _ordered_kind(value: Value) -> str:
    kind = _basic_kind(value)
    if not kind:
        raise NotComparable("invalid type for comparison")
    return kind


def _equal(budget: Budget, left: Value, right: Value) -> bool:
    kind = _basic_kind(left)
    missing = left in (None, MISSING) or right in (None, MISSING)
    if kind != _basic_kind(right):
        if missing:
            return False
        raise NotComparable("incompatible types for comparison")
    if kind:
        budget.work(len(left) if isinstance(left, str) else 0)
        return left == right
    left, right = _bare(left), _bare(right)
    if missing:
        return left in (None, MISSING) and right in (None, MISSING)
    if isinstance(left, Struct) or isinstance(right, Struct):
        return left is right
    raise NotComparable(f"non-comparable type {type_name(left)}")


def _bare(value: Value) -> Value:
    return unwrap(value) if isinstance(value, JsonMap | JsonList) else value
