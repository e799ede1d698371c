"""The items of a Responses request as messages (the specification's section B.6)."""

from __future__ import annotations

from typing import Any

import orjson

from backend.errors import BadRequest
from backend.http.body import converted
from backend.http.openai.chat_request import image
from backend.http.responses.tools import qualified
from backend.wire.ollama import Message, ToolCall, ToolCallFunction
from backend.wire.responses import (
    FunctionCallItem,
    FunctionOutputItem,
    InputMessage,
    Item,
    ReasoningItem,
    ResponsesRequest,
)

# Few templates know a developer; where one does, it treats the system text as a developer's.
_ROLES = {"developer": "system"}


def messages(body: ResponsesRequest) -> list[Message]:
    """All that a request says, instructions first. Raises `BadRequest`."""
    conversation = _Conversation()
    if body.instructions:
        conversation.say(Message(role="system", content=body.instructions))
    if isinstance(body.input, str):
        if body.input:
            conversation.say(Message(role="user", content=body.input))
    else:
        for index, item in enumerate(body.input):
            conversation.add(item, f"input[{index}]")
    if not conversation.messages:
        raise BadRequest("input is required")
    return conversation.messages


class _Conversation:
    """The messages grow item by item."""

    def __init__(self) -> None:
        self._system: list[str] = []  # texts before the first message: many templates know no second one
        self._messages: list[Message] = []
        self._thoughts: list[str] = []  # of the assistant's message that comes next
        self._names: dict[str, str] = {}  # of functions, by the ids of their calls

    @property
    def messages(self) -> list[Message]:
        system = [Message(role="system", content="\n\n".join(self._system))] if self._system else []
        return [*system, *self._messages]

    def add(self, item: Item, place: str) -> None:
        match item.get("type") or ("message" if item.get("role") else None):
            case "message":
                self._message(converted(item, InputMessage, place), place)
            case "function_call":
                self._call(converted(item, FunctionCallItem, place), place)
            case "function_call_output":
                self._output(converted(item, FunctionOutputItem, place), place)
            case "reasoning":
                self._thoughts.append(converted(item, ReasoningItem, place).encrypted_content)
            case "web_search_call":
                pass  # what it found is in the message that follows
            case None:
                raise BadRequest(f"{place}: input item missing required 'type' field")
            case unknown:
                raise BadRequest(f'{place}: unknown input item type: "{unknown}"')

    def _message(self, item: InputMessage, place: str) -> None:
        role = item.role.lower()
        text, images = _content(item.content, place)
        message = Message(role=_ROLES.get(role, role), content=text, images=images)
        if role == "assistant":
            message.thinking = self._thought()
        self.say(message)

    def say(self, message: Message) -> None:
        if message.role == "system" and not self._messages:
            self._system.append(message.content)
        else:
            self._messages.append(message)

    def _thought(self) -> str:
        """The reasoning that waits for a message, once."""
        thought = "".join(self._thoughts)
        self._thoughts.clear()
        return thought

    def _call(self, item: FunctionCallItem, place: str) -> None:
        """A call belongs to the message of the assistant before it."""
        if not (self._messages and self._messages[-1].role == "assistant"):
            self._messages.append(Message(role="assistant"))
        message = self._messages[-1]
        message.thinking = message.thinking or self._thought()
        name = qualified(item.name, item.namespace)
        function = ToolCallFunction(name=name, arguments=_arguments(item.arguments, place))
        message.tool_calls.append(ToolCall(id=item.call_id, function=function))
        self._names[item.call_id] = name

    def _output(self, item: FunctionOutputItem, place: str) -> None:
        text, images = _content(item.output, place)
        name = self._names.get(item.call_id, "")
        self.say(Message(role="tool", content=text, images=images, tool_call_id=item.call_id, tool_name=name))


def _arguments(text: str, place: str) -> dict[str, Any]:
    try:
        arguments = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        arguments = None
    if not isinstance(arguments, dict):
        raise BadRequest(f"{place}: invalid tool call arguments")
    return arguments


def _content(content: str | list[Item], place: str) -> tuple[str, list[str]]:
    """Text and images, whose parts make one message."""
    if isinstance(content, str):
        return content, []
    text, images = "", []
    for part in content:
        match part:
            case {"type": "input_text" | "output_text" | "text", "text": str(said)}:
                text += said
            case {"type": "refusal", "refusal": str(said)}:
                text += said
            case {"type": "input_image", "image_url": str(url)}:
                images.append(image(url))
            case {"type": "input_file"}:
                raise BadRequest("file inputs are not currently supported")
            case _:
                raise BadRequest(f'{place}: invalid content part of type "{part.get("type")}"')
    return text, images
