"""What a create request lays over the model that it starts from (the specification's section F.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from backend.store.manifest import LICENSE, MESSAGES, PARAMS, PROMPT, SYSTEM, TEMPLATE, go_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backend.modelfile.build import Build
    from backend.wire.ollama import CreateRequest, Message

# The built-in renderer and parser of architectures (section F.3); of the last, the variants count too.
_BUILTIN = {"gemma4": "gemma4", "laguna": "laguna", "nemotron_h": "nemotron-3-nano"}
_STOPS = {"gemma4": ["<turn|>"]}


def lay_over(build: Build, request: CreateRequest, parameters: Mapping[str, Any]) -> None:
    """Template, system and messages replace, licenses accumulate, the request's parameters go over the base's.

    What the request leaves empty stays as the base has it, `parameters` its own.
    """
    if request.template:
        build.remove(TEMPLATE, PROMPT)
        build.append(TEMPLATE, request.template.encode())
    if request.system:
        build.remove(SYSTEM)
        build.append(SYSTEM, request.system.encode())
    for text in [request.license] if isinstance(request.license, str) else request.license:
        if text:
            build.append(LICENSE, text.encode())
    given = {"renderer": request.renderer, "parser": request.parser, "requires": request.requires}
    build.config = msgspec.structs.replace(build.config, **{name: text for name, text in given.items() if text})
    merged = {**parameters, **_defaults(build, parameters), **request.parameters}
    if merged:  # the base's own are written anew, and come last, as in Ollama's manifests
        build.remove(PARAMS)
        build.append(PARAMS, go_json({name: _listed(name, merged[name]) for name in sorted(merged)}))
    if request.messages:
        build.remove(MESSAGES)
        build.append(MESSAGES, go_json([_message(message) for message in request.messages]))


def _defaults(build: Build, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Sets renderer and parser where an architecture has built-in ones and nobody named any; returns its stop words."""
    family = next((name for name in _BUILTIN if _is(build.config.model_family, name)), "")
    if not family or build.config.renderer or build.config.parser:
        return {}
    builtin = _BUILTIN[family]
    build.config = msgspec.structs.replace(build.config, renderer=builtin, parser=builtin)
    return {"stop": _STOPS[family]} if family in _STOPS and "stop" not in parameters else {}


def _is(architecture: str, family: str) -> bool:
    return architecture == family or (family == "nemotron_h" and architecture.startswith(family))


def _listed(name: str, value: object) -> object:
    """A single stop text as the list that the option is: nobody could run the model otherwise (section A.6)."""
    return [value] if name == "stop" and isinstance(value, str) else value


def _message(message: Message) -> dict[str, Any]:
    """On disk `content` and the calls' `index` are always there, even if they say nothing."""
    fields = msgspec.to_builtins(message)
    for call in fields.get("tool_calls", ()):
        call["function"] = {"index": 0, **call["function"]}
    return {"role": message.role, "content": message.content, **fields}
