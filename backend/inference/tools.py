"""Finding tool calls in a stream of text (the specification's section G.8)."""

from __future__ import annotations

import json
import secrets
import string
from enum import Enum
from typing import TYPE_CHECKING, Any

from backend.inference.thinking import overlap
from backend.wire.ollama import ToolCall, ToolCallFunction

if TYPE_CHECKING:
    from collections.abc import Sequence

_ID_LETTERS = string.ascii_lowercase + string.digits
_ID_LENGTH = 8
LONGEST_CALL = 1 << 18  # characters; what is longer is text
_BARE_TAGS = ("{", "[")  # a call may begin with these only at the very start of a reply


class _Phase(Enum):
    TEXT = "text"  # no call yet; text is passed on
    CALLS = "calls"
    PLAIN = "plain"  # there cannot be a call any more


class ToolParser:
    """Feed it text as it comes; it returns what is certainly content. `calls` grows as calls are complete."""

    def __init__(self, tag: str, tools: Sequence[str]) -> None:
        self.calls: list[ToolCall] = []
        self._tag = tag
        self._names = tools
        self._phase = _Phase.TEXT
        self._held = ""
        self._passed = ""  # objects that were no calls
        self._scanner = Scanner()

    def feed(self, text: str) -> str:
        if self._phase is _Phase.PLAIN:
            return text
        self._held += text
        content = self._text() if self._phase is _Phase.TEXT else ""
        while self._phase is _Phase.CALLS and self._call():
            pass
        if self._phase is _Phase.CALLS and len(self._passed) + len(self._held) > LONGEST_CALL:
            content += self.finish()
            self._held, self._scanner = "", Scanner()
            self._phase = _Phase.CALLS if self.calls else _Phase.PLAIN
        return content

    def finish(self) -> str:
        """What was held back when the stream ended: content if nothing of it was a call."""
        if self.calls:
            return ""
        opened = self._tag if self._phase is _Phase.CALLS and self._tag not in _BARE_TAGS else ""
        passed, self._passed = self._passed, ""
        return opened + passed + self._release()

    def _text(self) -> str:
        if self._tag in _BARE_TAGS:
            start = self._held.lstrip()
            if start:
                self._phase = _Phase.CALLS if start.startswith(self._tag) else _Phase.PLAIN
            return self._release() if self._phase is _Phase.PLAIN else ""
        content, tag, rest = self._held.partition(self._tag)
        if tag:
            self._held, self._phase = rest, _Phase.CALLS
            return content
        certain = len(self._held) - overlap(self._held, self._tag)
        content, self._held = self._held[:certain], self._held[certain:]
        return content

    def _release(self) -> str:
        held, self._held = self._held, ""
        return held

    def _call(self) -> bool:
        """Take one object from the held text, if it is whole; it is a call if a tool is named before or inside."""
        end = self._scanner.end_of_object(self._held)
        if end is None:
            return False
        text, name = self._held[:end], _named(self._held[:end], self._names)
        arguments = None if name is None else _arguments(text[self._scanner.start :], name)
        if name is None or arguments is None:
            self._passed += text
        else:
            function = ToolCallFunction(index=len(self.calls), name=name, arguments=arguments)
            self.calls.append(ToolCall(id=new_id(), function=function))
        self._held, self._scanner = self._held[end:], Scanner()
        return True


def new_id() -> str:
    """An id as Ollama makes them (section A.3)."""
    return "call_" + "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))


class Scanner:
    """Finds the first balanced object of a growing text without reading anything twice."""

    def __init__(self) -> None:
        self.start = -1
        self._at = 0
        self._depth = 0
        self._in_string = False

    def end_of_object(self, text: str) -> int | None:
        while self._at < len(text):
            char = text[self._at]
            if self._in_string and char == "\\":
                if self._at + 1 == len(text):
                    return None  # what it escapes has not come yet
                self._at += 1
            elif char == '"' and self._depth:
                self._in_string = not self._in_string
            elif not self._in_string and char == "{":
                self.start = self._at if not self._depth else self.start
                self._depth += 1
            elif not self._in_string and char == "}" and self._depth:
                self._depth -= 1
                if not self._depth:
                    return self._at + 1
            self._at += 1
        return None


def _named(text: str, names: Sequence[str]) -> str | None:
    """The tool that the text mentions first; of several that begin there the longest."""
    found = [(text.find(name), -len(name), name) for name in names if name and name in text]
    return min(found)[2] if found else None


def _arguments(text: str, name: str) -> dict[str, Any] | None:
    """The arguments in the object of a call; `None` if it is no JSON."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    return _find(document, name) or _bare(document, name)


def _find(document: dict[str, Any], name: str) -> dict[str, Any] | None:
    for key in ("arguments", "parameters", name):
        value = document.get(key)
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                continue
        if isinstance(value, dict):
            return value
    inner = document.get("function")
    return _find(inner, name) if isinstance(inner, dict) else None


def _bare(document: dict[str, Any], name: str) -> dict[str, Any]:
    """The object itself, unless it only says which tool is meant."""
    keys = {"name", "arguments", "parameters", "function"}
    return {} if document.get("name") == name and document.keys() <= keys else document
