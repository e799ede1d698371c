"""How Go's `strconv` writes floats and quoted text."""

from __future__ import annotations

import math
from decimal import Decimal

from backend.template.values import encode

_NAMED = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\"}
_EXPONENT_FROM = 6  # with the shortest digits; Go's JSON changes at 21


def format_float(value: float, verb: str, precision: int | None) -> str:
    """`verb` is one of e, E, f, F, g, G; without a precision `g` takes the shortest digits that read back alike."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if verb in "fF":
        return f"{value:.{6 if precision is None else precision}f}"
    if verb in "eE":
        return f"{value:.{6 if precision is None else precision}{verb}}"
    if precision is not None:
        return f"{value:.{precision}{verb}}"
    return _shortest(value, verb)


def _shortest(value: float, verb: str) -> str:
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).rstrip("0") or "0"
    point = len(digits) + int(exponent) - 1 if value else 0
    minus = "-" if sign else ""
    if value and not -4 <= point < _EXPONENT_FROM:
        fraction = f".{text[1:]}" if len(text) > 1 else ""
        mark = "e" if verb == "g" else "E"
        return f"{minus}{text[0]}{fraction}{mark}{'-' if point < 0 else '+'}{abs(point):02d}"
    plain = format(Decimal(repr(abs(value))), "f")
    return minus + (plain.rstrip("0").rstrip(".") if "." in plain else plain)


def quote(text: str, *, ascii_only: bool = False) -> str:
    """`%q` of a string."""
    return '"' + "".join(_quoted(char, '"', ascii_only=ascii_only) for char in text) + '"'


def quote_rune(char: str) -> str:
    """`%q` of a character."""
    return "'" + _quoted(char, "'", ascii_only=False) + "'"


def _quoted(char: str, mark: str, *, ascii_only: bool) -> str:
    if char == mark:
        return "\\" + char
    if char in _NAMED:
        return _NAMED[char]
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{encode(char)[0]:02x}"
    if (char.isprintable() and not (ascii_only and code > 0x7E)) or char == " ":
        return char
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
