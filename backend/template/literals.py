"""Strings and numbers as Go writes them in a template."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from backend.template.errors import fail
from backend.template.lexer import Kind

if TYPE_CHECKING:
    from backend.template.lexer import Token

_ESCAPE = re.compile(
    r"""\\(?:x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([abfnrtv\\'"])|(.|$))""", re.DOTALL
)
_NAMED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
_INT64 = 1 << 63
_DIGITS = 400  # no number of a template needs more; Python converts few digits fast


def unquote(token: Token) -> str:
    """The text of a `STRING` or `RAW` token. Raises `BadTemplate` for an escape that Go does not have."""
    if token.kind is Kind.RAW:
        return token.text[1:-1].replace("\r", "")
    return _unescape(token, '"')


def number(token: Token) -> int | float:
    """The value of a `NUMBER` or `CHAR` token. Raises `BadTemplate`."""
    if token.kind is Kind.CHAR:
        text = _unescape(token, "'")
        if len(text) != 1:
            raise fail(token.line, f"malformed character constant: {token.text[:80]}")
        code = ord(text)
        return code - 0xDC00 if 0xDC80 <= code <= 0xDCFF else code
    text = token.text
    if len(text) > _DIGITS:
        raise fail(token.line, f'bad number syntax: "{text[:80]}"')
    try:
        value = _number(text)
    except ValueError:
        raise fail(token.line, f'illegal number syntax: "{text}"') from None
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise fail(token.line, f'illegal number syntax: "{text}"')
    if isinstance(value, int) and not -_INT64 <= value < _INT64:
        raise fail(token.line, f"{text} overflows int")
    return value


def _number(text: str) -> int | float:
    digits = text.lstrip("+-")
    if digits[:2].lower() in {"0x", "0b", "0o"}:
        return int(text, 0)
    if re.fullmatch("0[0-7_]+", digits):
        return int(text, 8)
    if "_" in digits:
        return int(text, 10) if not re.search(r"[.eE]|_$|__|^0", digits) else _refuse()
    if re.fullmatch("0[0-9]+", digits):
        return _refuse()
    if re.search("[.eE]", digits):
        return float(text)
    return int(text)


def _refuse() -> int:
    raise ValueError


def _unescape(token: Token, quote: str) -> str:
    def value(match: re.Match[str]) -> str:
        byte = int(match[1], 16) if match[1] else int(match[2], 8) if match[2] else None
        if byte is not None and byte < 0x80:
            return chr(byte)
        if byte is not None and byte <= 0xFF:
            return chr(0xDC00 + byte)  # one byte of UTF-8, see `backend.template.values`
        code = match[3] or match[4]
        if code and int(code, 16) <= 0x10FFFF and not 0xD800 <= int(code, 16) <= 0xDFFF:
            return chr(int(code, 16))
        name = match[5]
        if name and (name not in "'\"" or name == quote):
            return _NAMED.get(name, name)
        raise fail(token.line, f"invalid escape {match[0][:12]} in {token.text[:80]}")

    return _ESCAPE.sub(value, token.text[1:-1])
