"""Glimmer's messages: `to=recipient<|message|>…<|eom|>`, with calls as `<atem:invoke>` (section G.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backend.inference.parsers.call import Call, NotACall, call, kinds_of, typed
from backend.inference.parsers.messages import MESSAGE, START, Header, Kind
from backend.template.conversation import tool_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ENDS = ("<|eom|>", "<|eot|>")
PRESERVED = (START, MESSAGE, *ENDS)
_CALLS = ("<atem:function_calls>", "</atem:function_calls>")
_INVOKE = ('<atem:invoke name="', "</atem:invoke>")
_PARAMETER = ('<atem:parameter name="', "</atem:parameter>")


class GlimmerDialect:
    """A message to `self` is thinking, one to a tool of the request a call."""

    ends: tuple[str, ...] = ENDS

    def __init__(self, tools: Sequence[Mapping[str, Any]]) -> None:
        self._tools = tools
        self._names = frozenset(tool_names(tools)) - {""}

    def header(self, text: str) -> Header:
        name = text.rpartition(START)[2].strip().removeprefix("assistant").strip().removeprefix("to=").strip()
        if name == "self":
            return Header(Kind.THINKING)
        # The model knows a tool without a dot in its name as its own namespace: `read.read`.
        space, dot, rest = name.partition(".")
        name = rest if dot and space == rest and rest in self._names else name
        return Header(Kind.CALL, name) if name in self._names else Header(Kind.CONTENT)

    def read(self, recipient: str, text: str) -> Sequence[Call] | None:
        try:
            return [self._invoked(recipient, text)]
        except NotACall:
            return None

    def _invoked(self, recipient: str, text: str) -> Call:
        invoke = _between(_between(text, _CALLS), _INVOKE)
        name, mark, body = invoke.partition('">')
        if not mark or not name:
            raise NotACall("no name")
        kinds = kinds_of(self._tools, recipient)
        return call(recipient, {key: typed(value, kinds.get(key, ())) for key, value in _parameters(body)})


def _between(text: str, tags: tuple[str, str]) -> str:
    text = text.strip()
    if not text.startswith(tags[0]) or not text.endswith(tags[1]):
        raise NotACall(f"no {tags[0]}")
    return text[len(tags[0]) : len(text) - len(tags[1])]


def _parameters(body: str) -> Iterator[tuple[str, str]]:
    while body := body.strip():
        key, mark, rest = body.removeprefix(_PARAMETER[0]).partition('">')
        value, end, rest = rest.partition(_PARAMETER[1])
        if not body.startswith(_PARAMETER[0]) or not mark or not end:
            raise NotACall("no parameter")
        yield key, value
        body = rest
