"""Harmony, the form of gpt-oss (the specification's section G.10)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import orjson

from backend.errors import BackendError
from backend.inference.parsers.call import Call, NotACall, call
from backend.inference.parsers.messages import MESSAGE, START, Header, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from backend.wire.ollama import Message

ENDS = ("<|end|>", "<|call|>", "<|return|>")
PRESERVED = (START, "<|end|>", MESSAGE, "<|channel|>", "<|constrain|>")
_CHANNEL, _CONSTRAIN = "<|channel|>", "<|constrain|>"
_BUILT_IN = frozenset({"browser.open", "browser.search", "browser.find", "python"})
_BLANKS = str.maketrans(" -.", "___")


class Names:
    """The names of a request's tools as Harmony knows them: identifiers of TypeScript."""

    def __init__(self, tools: Iterable[Mapping[str, Any]]) -> None:
        self._original: dict[str, str] = {}
        self._sanitised: dict[str, str] = {}
        for tool in tools:
            function = tool.get("function")
            name = function.get("name") if isinstance(function, dict) else None
            if isinstance(name, str) and name and name not in self._sanitised:
                sanitised = name if name in _BUILT_IN else self._free(_identifier(name))
                self._sanitised[name] = sanitised
                self._original[sanitised] = name

    def original(self, name: str) -> str:
        """What the client calls the tool; an unknown name stays as it is."""
        return self._original.get(name, name)

    def sanitised(self, name: str) -> str:
        return self._sanitised.get(name, name)

    def tools(self, tools: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """The tools as the prompt shows them."""
        return [self._renamed(tool) for tool in tools]

    def messages(self, messages: Iterable[Message]) -> list[Message]:
        """The messages with their calls and results named as the tools are."""
        return [
            msgspec.structs.replace(
                message,
                tool_name=self.sanitised(message.tool_name),
                tool_calls=[
                    msgspec.structs.replace(
                        item,
                        function=msgspec.structs.replace(item.function, name=self.sanitised(item.function.name)),
                    )
                    for item in message.tool_calls
                ],
            )
            for message in messages
        ]

    def _renamed(self, tool: dict[str, Any]) -> dict[str, Any]:
        function = tool.get("function")
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            return tool
        return tool | {"function": function | {"name": self.sanitised(function["name"])}}

    def _free(self, candidate: str) -> str:
        name, count = candidate, 2
        while name in self._original:
            name, count = f"{candidate}_{count}", count + 1
        return name


class HarmonyDialect:
    """Channel `analysis` is thinking, any recipient a call, everything else content."""

    ends: tuple[str, ...] = ENDS

    def __init__(self, names: Names) -> None:
        self._names = names

    def header(self, text: str) -> Header:
        """`role<|channel|>name to=recipient <|constrain|>json`; the recipient may also stand before the channel, or in
        place of the role.
        """
        before, _, after = text.rpartition(START)[2].replace(_CONSTRAIN, f" {_CONSTRAIN}").partition(_CHANNEL)
        words = after.split()
        channel = words[0] if words else ""
        found = [word[3:] for word in (*before.split(), *words) if word.startswith("to=") and len(word) > 3]
        if found and found[0] not in {"assistant", "user"}:
            return Header(Kind.CALL, found[0])
        return Header(Kind.THINKING if channel == "analysis" else Kind.CONTENT)

    def read(self, recipient: str, text: str) -> Sequence[Call]:
        """Raises `BackendError` in the specification's words for arguments that are no JSON object."""
        name = self._names.original(recipient.removeprefix("functions."))
        try:
            return [replace(call("name", orjson.loads(text) if text.strip() else {}), name=name)]
        except (NotACall, ValueError, RecursionError) as error:
            raise BackendError(f"error parsing tool call: raw='{text[:1000]}', err={error}") from error


def opened(prompt: str) -> str | None:
    """The header of the message that a prompt ends in the middle of; `None` if it ends between messages."""
    last = prompt.rpartition(START)[2]
    header, mark, body = last.partition(MESSAGE)
    return header if mark and not any(end in body for end in ENDS) else None


def answering(prompt: str, said: str) -> str:
    """The prompt, the thinking that was said behind it, and the switch to the channel of the answer."""
    thought, end, _ = said.rpartition("<|end|>")
    if opened(prompt) is not None and not end:
        return prompt
    return (
        f"{prompt}{thought}{end}{START}assistant{_CHANNEL}final{MESSAGE}"
        if end
        else f"{prompt}{_CHANNEL}final{MESSAGE}"
    )


def thought(thinking: str) -> str:
    """Thinking as the model says it; empty without any."""
    return f"{_CHANNEL}analysis{MESSAGE}{thinking}<|end|>" if thinking else ""


def _identifier(name: str) -> str:
    kept = "".join(char for char in name.translate(_BLANKS) if char.isalpha() or char.isdigit() or char in "_$")
    return f"_{kept}" if kept[:1].isdigit() else kept or "unnamed"
