"""The tools that a Responses request offers to the model (the specification's section B.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backend.errors import BadRequest
from backend.http.body import converted
from backend.wire.responses import FunctionTool, NamespaceTool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend.wire.responses import ResponsesRequest


@dataclass(frozen=True, slots=True)
class Offered:
    """A function, perhaps of a namespace."""

    function: FunctionTool
    namespace: str = ""

    @property
    def name(self) -> str:
        """What the model calls it."""
        return qualified(self.function.name, self.namespace)

    def native(self) -> dict[str, Any]:
        """The tool as the native interface has it."""
        function: dict[str, Any] = {"name": self.name}
        if self.function.description:
            function["description"] = self.function.description
        function["parameters"] = self.function.parameters or {"type": "object", "properties": {}}
        return {"type": "function", "function": function}


def qualified(name: str, namespace: str) -> str:
    """The name of a function for the model."""
    return f"{namespace}.{name}" if namespace else name


def offered(body: ResponsesRequest) -> list[Offered]:
    """The functions that the model may call: none, the one of `tool_choice`, or all.

    Tools that a server would have to run itself, such as a search of the web, are left out. Raises `BadRequest` if
    there are no others.
    """
    choice = body.tool_choice
    if choice == "none":
        return []
    tools = list(_functions(body.tools))
    if body.tools and not tools:
        raise BadRequest(
            f'this server runs no tools of its own, such as "{body.tools[0].get("type")}": leave them out, or offer '
            "functions"
        )
    if not (isinstance(choice, dict) and choice.get("type") == "function"):
        return tools
    named = [tool for tool in tools if tool.function.name == choice.get("name")]
    if not named:
        raise BadRequest(f"tool_choice names {choice.get('name')!r}, which is not among the tools")
    return named


def must_call(body: ResponsesRequest) -> bool:
    """Whether the reply has to be a call."""
    choice = body.tool_choice
    return bool(body.tools) and (
        choice == "required" or (isinstance(choice, dict) and choice.get("type") == "function")
    )


def _functions(tools: list[dict[str, Any]]) -> Iterator[Offered]:
    for index, tool in enumerate(tools):
        place = f"tools[{index}]"
        match tool.get("type"):
            case "function":
                yield Offered(converted(tool, FunctionTool, place))
            case "namespace":
                space = converted(tool, NamespaceTool, place)
                members = [member for member in space.tools if member.get("type", "function") == "function"]
                for member in members:
                    yield Offered(converted(member, FunctionTool, place), space.name)
