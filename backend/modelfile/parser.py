"""Modelfile text to commands and back (the specification's sections F.1 and F.2)."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.errors import BadModelfile

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTRUCTIONS = (
    "from",
    "license",
    "template",
    "system",
    "adapter",
    "draft",
    "renderer",
    "parser",
    "parameter",
    "message",
    "requires",
)
ROLES = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True)
class Command:
    """One instruction: `name` is one of `INSTRUCTIONS`, `key` the parameter's name or the message's role."""

    name: str
    value: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Modelfile:
    """The commands in the order of the file; at least one of them is a `from` when it was parsed."""

    commands: tuple[Command, ...]


def _enumerate(words: tuple[str, ...]) -> str:
    *first, last = (f'"{word}"' for word in words)
    return f"{', '.join(first)}, or {last}"


_BAD_INSTRUCTION = f"command must be one of {_enumerate(INSTRUCTIONS)}"
_BAD_ROLE = f"message role must be one of {_enumerate(ROLES)}"
_EARLY_END = "unexpected EOF"

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_BETWEEN = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*)*")
_BLANKS = re.compile(r"[ \t]*")
_LETTERS = re.compile(r"[A-Za-z]*")
_PARAMETER = re.compile(r"[A-Za-z0-9_]*")
_LINE = re.compile(r"[^\r\n]*")
# A closing quote is one that nothing but blanks follows on its line: `"say "yes" now"` is one value.
_CLOSING = {quote: re.compile(rf"{quote}[ \t]*(?=[\r\n]|\Z)") for quote in ('"""', '"')}


def decode(data: bytes) -> str:
    """Text of a file: UTF-8, or what its byte order mark says. Undecodable bytes become U+FFFD."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    return data.decode("utf-8", errors="replace")


def parse(text: str) -> Modelfile:
    """The commands of a Modelfile. Raises `BadModelfile` in the words of section F.1."""
    commands = tuple(_Scanner(text).commands())
    if not any(command.name == "from" for command in commands):
        raise BadModelfile("no FROM line")
    return Modelfile(commands)


def format(modelfile: Modelfile) -> str:  # noqa: A001 # the counterpart of `parse`, called as `parser.format`
    """Text that parses to the same commands, one after the other.

    That holds for all commands that `parse` can return. A value that no Modelfile can hold, such as one with a
    triple quote at the end of a line inside it, is written as it is.
    """
    return "".join(f"{_head(command)} {_quote(command.value)}\n" for command in modelfile.commands)


def _head(command: Command) -> str:
    return f"{command.name.upper()} {command.key}" if command.key else command.name.upper()


def _quote(value: str) -> str:
    plain = value == value.strip() and not value.startswith('"') and "\n" not in value and "\r" not in value
    if value and plain:
        return value
    return f'"""{value}"""' if '"' in value else f'"{value}"'


class _Scanner:
    """A position in the text, which only moves forward."""

    def __init__(self, text: str) -> None:
        self._text = "".join(character for character in text if character.isprintable() or character in "\t\r\n")
        self._at = 0

    def commands(self) -> Iterator[Command]:
        self._take(_BETWEEN)
        while self._at < len(self._text):
            yield self._command()
            self._take(_BETWEEN)

    def _command(self) -> Command:
        name = self._take(_LETTERS).lower()
        if self._at == len(self._text):
            raise BadModelfile(_EARLY_END)
        if name not in INSTRUCTIONS or self._text[self._at] not in " \t":
            raise self._error(_BAD_INSTRUCTION)
        key = ""
        if name in {"parameter", "message"}:
            self._take(_BLANKS)
            key = self._key(_PARAMETER if name == "parameter" else _LETTERS)
        if name == "message" and key not in ROLES:
            raise self._error(_BAD_ROLE)
        return Command(name, self._value(), key)

    def _key(self, pattern: re.Pattern[str]) -> str:
        key = self._take(pattern)
        if not key or not self._take(_BLANKS):
            raise BadModelfile(_EARLY_END)
        return key

    def _value(self) -> str:
        self._take(_BLANKS)
        for quote, closing in _CLOSING.items():
            if self._text.startswith(quote, self._at):
                start = self._at + len(quote)
                end = closing.search(self._text, start)
                if end is None:
                    raise BadModelfile(_EARLY_END)
                self._at = end.end()
                return self._text[start : end.start()]
        return self._take(_LINE).rstrip()

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        taken = match[0] if match else ""
        self._at += len(taken)
        return taken

    def _error(self, message: str) -> BadModelfile:
        before = self._text[: self._at].replace("\r\n", "\n").replace("\r", "\n")
        line = before.count("\n") + 1
        return BadModelfile(f"(line {line}): {message}")
