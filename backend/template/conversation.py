"""What a template sees of a request: the variables of the specification's section G.2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from backend.template.values import Json, JsonList, JsonMap, Struct, Value, from_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from backend.wire.ollama import Message, ToolCall

_PARAMETERS = ("type", "$defs", "items", "required", "properties")
_PROPERTY = ("anyOf", "type", "items", "description", "enum", "properties", "required")


@dataclass(frozen=True, slots=True)
class Thinking:
    """What a request says about thinking. `level` is empty if it is off."""

    on: bool = False
    level: str = ""
    given: bool = False

    @classmethod
    def of(cls, think: bool | str | None, *, able: bool) -> Thinking:
        """A model that can think does so unless it is told not to (section A.2)."""
        if think is None:
            think = True if able else None
        if think is None:
            return cls()
        level = think if isinstance(think, str) else "medium" if think else ""
        return cls(on=bool(think), level=level, given=True)


def collated(messages: Iterable[Message]) -> list[Message]:
    """Neighbours of one role become one message, but results of tools stay apart."""
    result: list[Message] = []
    for message in messages:
        last = result[-1] if result else None
        if last is None or last.role != message.role or message.role == "tool":
            result.append(message)
            continue
        result[-1] = msgspec.structs.replace(
            last,
            content=f"{last.content}\n\n{message.content}",
            thinking="\n\n".join(text for text in (last.thinking, message.thinking) if text),
            images=[*last.images, *message.images],
            tool_calls=[*last.tool_calls, *message.tool_calls],
        )
    return result


def variables(messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], thinking: Thinking) -> dict[str, Value]:
    """The data of a template that uses `.Messages`. `messages` are collated."""
    return {
        "System": "\n\n".join(message.content for message in messages if message.role == "system"),
        "Messages": [_message(message) for message in messages],
        "Tools": JsonList([_tool(tool) for tool in tools]),
        "Response": "",
        **thinking_variables(thinking),
    }


def tool_names(tools: Iterable[Mapping[str, Any]]) -> list[str]:
    """The names of the functions that a model may call."""
    return [str(_mapping(tool.get("function")).get("name", "")) for tool in tools]


def thinking_variables(thinking: Thinking) -> dict[str, Value]:
    return {"Think": thinking.on, "ThinkLevel": thinking.level, "IsThinkSet": thinking.given}


def _message(message: Message) -> Struct:
    fields: dict[str, Value] = {
        "Role": message.role,
        "Content": message.content,
        "Thinking": message.thinking,
        "Images": list(message.images),
        "ToolCalls": [_call(call, index) for index, call in enumerate(message.tool_calls)],
        "ToolName": message.tool_name,
        "ToolCallID": message.tool_call_id,
    }
    return Struct("*api.Message", fields)


def _call(call: ToolCall, place: int) -> Struct:
    function = call.function
    index = place if function.index is msgspec.UNSET else function.index
    arguments = from_json(function.arguments)
    fields: dict[str, Value] = {
        "Index": index,
        "Name": function.name,
        "Arguments": JsonMap(arguments) if isinstance(arguments, dict) else arguments,
    }
    return Struct("api.ToolCall", {"ID": call.id, "Function": Struct("api.ToolCallFunction", fields)})


def tool_json(tool: Mapping[str, Any]) -> dict[str, Any]:
    """The tool with the keys that Ollama knows, in its order (section G.2). Raises `BadRequest` for deep nesting."""
    function = _mapping(tool.get("function"))
    parameters = _mapping(function.get("parameters"))
    defaults = {"type": "", **_kept(parameters, _PARAMETERS[:-1]), "properties": _properties_json(parameters)}
    shape = {name: defaults[name] for name in _PARAMETERS if name in defaults}
    name, description = str(function.get("name", "")), str(function.get("description") or "")
    called = {"name": name, "description": description, "parameters": shape}
    return {"type": str(tool.get("type", "")), **_kept(tool, ("items",)), "function": called}


def _tool(tool: Mapping[str, Any]) -> Struct:
    whole = tool_json(tool)
    called = whole["function"]
    parameters = _mapping(_mapping(tool.get("function")).get("parameters"))
    described = Struct("api.ToolFunctionParameters", _parameter_fields(parameters), called["parameters"])
    fields: dict[str, Value] = {
        "Name": called["name"],
        "Description": called["description"],
        "Parameters": described,
    }
    return Struct(
        "api.Tool",
        {
            "Type": whole["type"],
            "Items": from_json(tool.get("items")),
            "Function": Struct("api.ToolFunction", fields, called),
        },
        whole,
    )


def _parameter_fields(parameters: Mapping[str, Any]) -> dict[str, Value]:
    required = from_json(parameters.get("required"))
    return {
        "Type": str(parameters.get("type", "")),
        "Defs": from_json(parameters.get("$defs")),
        "Items": from_json(parameters.get("items")),
        "Required": required if isinstance(required, list) else [],
        "Properties": _properties(parameters),
    }


def _properties(owner: Mapping[str, Any]) -> JsonMap:
    properties = _mapping(owner.get("properties"))
    return JsonMap({str(name): _property(_mapping(item)) for name, item in properties.items()})


def _properties_json(owner: Mapping[str, Any]) -> Json:
    """In the order of the request, each with the keywords that a tool may have."""
    return {name: _property_json(_mapping(item)) for name, item in _mapping(owner.get("properties")).items()}


def _property(item: Mapping[str, Any]) -> Struct:
    checked = from_json(dict(item))
    fields = checked if isinstance(checked, dict) else {}
    options = item.get("anyOf")
    kind = fields.get("type", "")
    return Struct(
        "api.ToolProperty",
        {
            "AnyOf": [_property(_mapping(option)) for option in options] if isinstance(options, list) else [],
            "Type": kind[0] if isinstance(kind, list) and len(kind) == 1 else kind,
            "Items": fields.get("items"),
            "Description": fields.get("description", ""),
            "Enum": fields.get("enum") or [],
            "Properties": _properties(item),
            "Required": fields.get("required") or [],
        },
        _property_json(item),
    )


def _property_json(item: Mapping[str, Any]) -> Json:
    kept = _kept(item, _PROPERTY)
    if "properties" in kept:
        kept["properties"] = _properties_json(item)
    if isinstance(kept.get("anyOf"), list):
        kept["anyOf"] = [_property_json(_mapping(option)) for option in item["anyOf"]]
    return kept


def _kept(source: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The keys that say something, in this order. Other keywords of a schema are lost, as in Ollama."""
    from_json(dict(source))  # nothing that is nested too deep goes further
    return {name: source[name] for name in names if source.get(name)}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
