"""From a Responses request to the chat request that inference serves (the specification's section B.6)."""

from __future__ import annotations

from typing import Any

from backend.errors import BadRequest
from backend.http.body import converted
from backend.http.openai.chat_request import think
from backend.http.responses.conversation import messages
from backend.http.responses.tools import must_call, offered
from backend.inference.forced_call import call_schema
from backend.wire.ollama import ChatRequest
from backend.wire.responses import Format, Reasoning, ResponsesRequest, Text

TEMPERATURE = 1.0  # OpenAI's default wins over the model's own parameter, as in Ollama


def native(body: ResponsesRequest) -> ChatRequest:
    """The chat that `POST /v1/responses` asks for. Raises `BadRequest`."""
    if not body.model:
        raise BadRequest("model is required")
    effort = converted(body.reasoning or {}, Reasoning, "reasoning").effort
    given = {
        "num_predict": body.max_output_tokens,
        "temperature": TEMPERATURE if body.temperature is None else body.temperature,
        "top_p": body.top_p,
    }
    tools = [tool.native() for tool in offered(body)]
    answer = _format(converted(body.text or {}, Text, "text").format)
    return ChatRequest(
        model=body.model,
        messages=messages(body),
        tools=tools,
        think=think(effort),
        format=call_schema(tools) if must_call(body) else answer,
        options={name: value for name, value in given.items() if value is not None},
    )


def _format(asked: Format) -> Any:
    match asked.type:
        case "json_schema":
            if asked.schema is None:
                raise BadRequest("text.format of the type json_schema needs a schema")
            return asked.schema
        case "json_object":
            return "json"
    return None
