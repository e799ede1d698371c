"""What stands between the tags of a tool call, in the forms of the specification's section G.9.

Every function takes that text and the request's tools, returns at least one call and raises `NotACall`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from backend.inference.parsers.call import Call, NotACall, call, kinds_of, read_json, typed
from backend.template.conversation import tool_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Tools = Sequence[Mapping[str, Any]]

DEEPSEEK_CALL = ("<｜tool▁call▁begin｜>", "<｜tool▁call▁end｜>")
DEEPSEEK_SEPARATOR = "<｜tool▁sep｜>"
_FUNCTION = re.compile(r"\s*<function=([^>\n]*)>(.*?)(?:</function>\s*)?", re.DOTALL)
_PARAMETER = re.compile(r"<parameter=([^<>\n]*)>(.*?)(?=</parameter>|<parameter=|\Z)", re.DOTALL)
_FENCE = ("\n```json\n", "```")


def tagged(text: str, tools: Tools) -> list[Call]:
    """The forms that stand in `<tool_call>`: JSON (Qwen 3), `<function=…>` with parameters (Qwen 3 Coder, 3.5,
    Nemotron), a name with `<arg_key>` and `<arg_value>` or with an object (GLM, Laguna).
    """
    start = text.lstrip()
    if start.startswith("{"):
        return [_named_object(read_json(text))]
    if start.startswith("<function="):
        return [function(text, tools)]
    return [_with_pairs(text, tools)]


def function(text: str, tools: Tools) -> Call:
    """`<function=name><parameter=key>value</parameter>…</function>`; a newline at each end of a value is the form's."""
    found = _FUNCTION.fullmatch(text)
    if found is None:
        raise NotACall("no <function=…>")
    name = found[1].strip()
    kinds = kinds_of(tools, name)
    values = ((key.strip(), value) for key, value in _PARAMETER.findall(found[2]))
    return call(name, {key: typed(_trimmed(value), kinds.get(key, ())) for key, value in values})


def bare_function(text: str, tools: Tools) -> list[Call]:
    """What follows a `<function=` without `<tool_call>` before it."""
    return [function(f"<function={text}</function>", tools)]


def deepseek(text: str, tools: Tools) -> list[Call]:
    """Calls in DeepSeek's marks, `name<｜tool▁sep｜>{…}`; Cogito: `function<｜tool▁sep｜>name` and a fenced object."""
    begin, end = DEEPSEEK_CALL
    calls = []
    for part in text.split(begin)[1:]:
        head, mark, tail = part.partition(end)[0].partition(DEEPSEEK_SEPARATOR)
        if not mark:
            raise NotACall("no separator")
        name, fence, fenced = tail.strip("\n").partition(_FENCE[0])
        if fence:
            arguments, closing, behind = fenced.rpartition(_FENCE[1])
            if not closing or behind.strip():
                raise NotACall("a fence without an end")
            calls.append(call(name, read_json(arguments)))
        else:
            calls.append(call(head, read_json(tail)))
    if not calls:
        raise NotACall("no call")
    return calls


def name_and_object(text: str, tools: Tools) -> list[Call]:
    """`name[ARGS]{…}` (Ministral)."""
    name, mark, arguments = text.partition("[ARGS]")
    if not mark:
        name, arguments = text[: text.find("{")], text[text.find("{") :]
    return [call(name, read_json(arguments))]


def actions(text: str, tools: Tools) -> list[Call]:
    """`[{"tool_call_id", "tool_name", "parameters"}, …]` (Cohere)."""
    found = read_json(text)
    calls = [_action(item) for item in (found if isinstance(found, list) else [found])]
    if not calls:
        raise NotACall("no call")
    return calls


def _action(found: object) -> Call:
    if not isinstance(found, dict) or not isinstance(found.get("tool_name"), str):
        raise NotACall("no tool_name")
    identity = found.get("tool_call_id")
    return call(found["tool_name"], found.get("parameters") or {}, id=identity if isinstance(identity, str) else "")


def _named_object(found: object) -> Call:
    if not isinstance(found, dict) or not isinstance(found.get("name"), str):
        raise NotACall("no name")
    arguments = found.get("arguments", found.get("parameters"))
    return call(found["name"], {} if arguments is None else arguments)


def _with_pairs(text: str, tools: Tools) -> Call:
    start = text.find("<arg_key>")
    if start < 0:
        brace = text.find("{")
        if brace < 0 and text.strip() not in tool_names(tools):
            raise NotACall("only a word")
        return call(text, {}) if brace < 0 else call(text[:brace], read_json(text[brace:]))
    name = text[:start].strip()
    kinds = kinds_of(tools, name)
    return call(name, {key: typed(_trimmed(value), kinds.get(key, ())) for key, value in _pairs(text[start:])})


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    while rest := text.strip():
        key, closed, text = rest.removeprefix("<arg_key>").partition("</arg_key>")
        value, ended, text = text.lstrip().removeprefix("<arg_value>").partition("</arg_value>")
        if not rest.startswith("<arg_key>") or not closed or not ended:
            raise NotACall("a key without a value")
        yield key.strip(), value


def _trimmed(value: str) -> str:
    return value.removeprefix("\n").removesuffix("\n")
