"""Go's `fmt` for the values of a template: Sprint, Sprintln and Sprintf."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.template.numerals import format_float, quote, quote_rune
from backend.template.values import (
    MISSING,
    JsonList,
    JsonMap,
    Struct,
    Value,
    encode,
    to_json,
    type_name,
    unwrap,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend.template.budget import Budget

_DIRECTIVE = re.compile(r"%([+\-# 0]*)(\*|\d*)(?:(\.)(\*|\d*))?(?:\[(\d{1,4})\])?(.?)", re.DOTALL)
_WIDEST = 1_000_000  # Go calls what is wider a bad width
_NUMBER_VERBS = "vdboOxXcqUeEfFgG"


def shown(value: Value) -> str:
    """The value as `{{ }}` prints it."""
    return "<no value>" if value is None or value is MISSING else plain(value)


def plain(value: Value) -> str:
    """`%v`"""
    if value is None or value is MISSING:
        return "<nil>"
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return format_float(value, "g", None)
    if isinstance(value, JsonMap | JsonList) or (isinstance(value, Struct) and value.json is not MISSING):
        return to_json(value)
    if isinstance(value, Struct):
        return "{" + " ".join(map(plain, value.fields.values())) + "}"
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{plain(value[key])}" for key in sorted(value)) + "]"
    return "[" + " ".join(map(plain, value)) + "]"


def sprint(budget: Budget, values: Sequence[Value]) -> str:
    """A blank stands between two values of which neither is a string."""
    pieces: list[str] = []
    for index, value in enumerate(values):
        if index and not isinstance(value, str) and not isinstance(values[index - 1], str):
            pieces.append(" ")
        pieces.append(plain(value))
        budget.made(len(pieces[-1]))
    return "".join(pieces)


def sprintln(budget: Budget, values: Sequence[Value]) -> str:
    texts = [plain(value) for value in values]
    budget.made(sum(map(len, texts)) + len(texts))
    return " ".join(texts) + "\n"


def sprintf(budget: Budget, template: str, values: Sequence[Value]) -> str:
    """Flags, width, precision, `*` and `%[n]v` as Go has them."""
    return "".join(_Format(budget, template, values).pieces())


@dataclass(frozen=True, slots=True)
class _Layout:
    flags: str
    width: int
    precision: int | None

    def padded(self, text: str, *, number: bool = False) -> str:
        missing = self.width - len(text)
        if missing <= 0:
            return text
        if "-" in self.flags:
            return text + " " * missing
        if "0" in self.flags:
            sign = text[:1] if number and text[:1] in ("+", "-", " ") else ""
            return sign + "0" * missing + text[len(sign) :]
        return " " * missing + text


class _Format:
    def __init__(self, budget: Budget, template: str, values: Sequence[Value]) -> None:
        self._budget = budget
        self._template = template
        self._values = values
        self._used = 0
        self._reordered = False

    def pieces(self) -> Iterator[str]:
        position = 0
        for match in _DIRECTIVE.finditer(self._template):
            yield self._template[position : match.start()]
            piece = self._directive(match)
            self._budget.made(len(piece))
            yield piece
            position = match.end()
        rest = self._template[position:]
        self._budget.made(len(self._template))
        yield rest
        if self._used < len(self._values) and not self._reordered:
            extra = ", ".join(
                "<nil>" if value in (None, MISSING) else f"{type_name(value)}={plain(value)}"
                for value in self._values[self._used :]
            )
            yield f"%!(EXTRA {extra})"

    def _directive(self, match: re.Match[str]) -> str:
        complaint = ""
        flags, width, complaint = self._star(match[1], match[2], "WIDTH")
        precision: int | None = None
        if match[3]:
            _, precision, bad = self._star("", match[4] or "0", "PREC")
            complaint += bad
            if precision < 0:
                precision = None
        verb = match[6]
        if match[5]:
            self._used, self._reordered = int(match[5]) - 1, True
        layout = _Layout(flags, width, precision)
        self._budget.made(width + (precision or 0))
        if not verb:
            return complaint + "%!(NOVERB)"
        if verb == "%":
            return complaint + "%"
        if not 0 <= self._used < len(self._values):
            return f"{complaint}%!{verb}({'BADINDEX' if match[5] else 'MISSING'})"
        value = self._values[self._used]
        self._used += 1
        return complaint + _formatted(verb, layout, value)

    def _star(self, flags: str, text: str, name: str) -> tuple[str, int, str]:
        """Flags, the number, and a complaint about a bad one. A number in the arguments is used up."""
        if text != "*":
            number = int(text[:9] or "0")
            return (flags, number, "") if number <= _WIDEST else (flags, 0, f"%!(BAD{name})")
        value = self._values[self._used] if self._used < len(self._values) else None
        self._used += self._used < len(self._values)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _WIDEST:
            return flags, 0 if name == "WIDTH" else -1, f"%!(BAD{name})"
        if value < 0 and name == "WIDTH":
            return flags.replace("0", "") + "-", -value, ""
        return flags, value, ""


def _formatted(verb: str, layout: _Layout, value: Value) -> str:
    if verb == "T":
        return layout.padded(type_name(value))
    if value is None or value is MISSING:
        return layout.padded("<nil>") if verb == "v" else f"%!{verb}(<nil>)"
    if isinstance(value, JsonMap | JsonList | Struct):
        return _formatted_text(verb, layout, plain(value)) if verb in "vsqxX" else _bad(verb, layout, value)
    if isinstance(value, dict):
        items = (f"{_formatted(verb, layout, key)}:{_inside(verb, layout, value[key])}" for key in sorted(value))
        return f"map[{' '.join(items)}]"
    if isinstance(value, list):
        return f"[{' '.join(_inside(verb, layout, item) for item in value)}]"
    if isinstance(value, str):
        return _formatted_text(verb, layout, value) if verb in "vsqxX" else _bad(verb, layout, value)
    if isinstance(value, bool):
        return layout.padded(plain(value)) if verb in "vt" else _bad(verb, layout, value)
    if verb not in _NUMBER_VERBS:
        return _bad(verb, layout, value)
    if isinstance(value, int):
        return _formatted_int(verb, layout, value) if verb not in "eEfFgG" else _bad(verb, layout, value)
    return _formatted_float(verb, layout, value)


def _inside(verb: str, layout: _Layout, value: Value) -> str:
    return "<nil>" if value is None else _formatted(verb, layout, value)


def _bad(verb: str, layout: _Layout, value: Value) -> str:
    return f"%!{verb}({type_name(unwrap(value))}={_formatted('v', layout, value)})"


def _formatted_text(verb: str, layout: _Layout, text: str) -> str:
    if "#" in layout.flags and verb == "v":
        verb, layout = "q", _Layout(layout.flags.replace("#", ""), layout.width, layout.precision)
    if layout.precision is not None:
        text = encode(text)[: layout.precision].hex() if verb in "xX" else text[: layout.precision]
    elif verb in "xX":
        text = encode(text).hex()
    if verb == "q":
        raw = "#" in layout.flags and "`" not in text and text.isprintable()
        text = f"`{text}`" if raw else quote(text, ascii_only="+" in layout.flags)
    if verb == "X":
        text = text.upper()
    return layout.padded(text)


def _formatted_int(verb: str, layout: _Layout, value: int) -> str:
    if verb in "cqU":
        valid = 0 <= value <= 0x10FFFF and not 0xD800 <= value <= 0xDFFF
        char = chr(value) if valid else "\ufffd"
        if verb == "U":
            return layout.padded(f"U+{value:04X}" + (f" '{char}'" if "#" in layout.flags else ""))
        return layout.padded(quote_rune(char) if verb == "q" else char)
    base = {"x": "x", "X": "X", "o": "o", "O": "o", "b": "b"}.get(verb, "d")
    digits = format(abs(value), base)
    if layout.precision is not None:
        digits = "" if layout.precision == 0 and value == 0 else digits.rjust(layout.precision, "0")
        layout = _Layout(layout.flags.replace("0", ""), layout.width, None)
    prefix = {"x": "0x", "X": "0X", "o": "0", "b": "0b"}.get(verb, "") if "#" in layout.flags else ""
    prefix = "0o" if verb == "O" else prefix
    sign = "-" if value < 0 else next((flag for flag in "+ " if flag in layout.flags), "")
    if "0" in layout.flags and "-" not in layout.flags:
        digits = digits.rjust(layout.width - len(sign), "0")
    return layout.padded(sign + prefix + digits, number=True)


def _formatted_float(verb: str, layout: _Layout, value: float) -> str:
    if verb not in "veEfFgG":
        return _bad(verb, layout, value)
    text = format_float(value, "g" if verb == "v" else verb, layout.precision)
    if not text.startswith("-"):
        text = next((flag for flag in "+ " if flag in layout.flags), "") + text
    if math.isfinite(value):
        return layout.padded(text, number=True)
    return _Layout(layout.flags.replace("0", ""), layout.width, None).padded(text)
