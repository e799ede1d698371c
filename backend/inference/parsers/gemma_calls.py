"""Gemma's tool calls: `call:name{key:<|"|>text<|"|>,other:[1,true]}`. FunctionGemma writes `<escape>` around texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from backend.inference.parsers.call import Call, NotACall, call, read_json, typed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DELIMITER = '<|"|>'
OLD_DELIMITER = "<escape>"
_DEEPEST = 64
_HEAD = re.compile(r"\s*call:([^{]*)(?=\{)")
_KEY = re.compile(r"""\s*("(?:\\.|[^"\\])*"\s*|[^:,{}\[\]]+):""", re.DOTALL)
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)
_BARE = re.compile(r"[^,{}\[\]]*", re.DOTALL)
_BLANK = re.compile(r"\s*")


def gemma_calls(text: str, tools: Sequence[Mapping[str, Any]]) -> list[Call]:
    """At least one call; raises `NotACall`."""
    calls = []
    at = 0
    while head := _HEAD.match(text, at):
        reader = _Reader(text, head.end())
        calls.append(call(head[1], reader.value(0)))
        at = reader.at
    if not calls or text[at:].strip():
        raise NotACall("no call")
    return calls


class _Reader:
    """Reads values from `at` on."""

    def __init__(self, text: str, at: int) -> None:
        self._text = text
        self.at = at

    def value(self, depth: int) -> Any:
        if depth > _DEEPEST:
            raise NotACall("nested too deep")
        self._skip(_BLANK)
        for delimiter in (DELIMITER, OLD_DELIMITER):
            if self._text.startswith(delimiter, self.at):
                return self._delimited(delimiter)
        match self._text[self.at : self.at + 1]:
            case "{":
                return dict(self._items("}", depth))
            case "[":
                return [value for _, value in self._items("]", depth)]
            case '"' if quoted := _QUOTED.match(self._text, self.at):
                self.at = quoted.end()
                return read_json(quoted[0])
        return typed(self._skip(_BARE).strip(), ("boolean", "integer", "number"))

    def _items(self, end: str, depth: int) -> list[tuple[str, Any]]:
        """What stands between two brackets; the keys of a list are empty."""
        self.at += 1
        items: list[tuple[str, Any]] = []
        while True:
            self._skip(_BLANK)
            if self._take(end):
                return items
            if items and not self._take(","):
                raise NotACall("no comma")
            items.append((self._key() if end == "}" else "", self.value(depth + 1)))

    def _key(self) -> str:
        for delimiter in (DELIMITER, OLD_DELIMITER):
            if self._text.startswith(delimiter, self.at):
                key = self._delimited(delimiter)
                if not self._take(":"):
                    raise NotACall("no colon")
                return key
        found = _KEY.match(self._text, self.at)
        if found is None:
            raise NotACall("no key")
        self.at = found.end()
        return str(read_json(found[1])) if found[1].startswith('"') else found[1].strip()

    def _delimited(self, delimiter: str) -> str:
        start = self.at + len(delimiter)
        end = self._text.find(delimiter, start)
        if end < 0:
            raise NotACall("a text without an end")
        self.at = end + len(delimiter)
        return self._text[start:end]

    def _take(self, text: str) -> bool:
        found = self._text.startswith(text, self.at)
        self.at += len(text) if found else 0
        return found

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self.at)
        if found is None:  # the patterns match nothing too
            return ""
        self.at = found.end()
        return found[0]
