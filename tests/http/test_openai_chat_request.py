"""What a request of `POST /v1/chat/completions` means: the specification's section B.2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from backend.errors import BadRequest
from backend.http.body import decoded
from backend.http.openai.chat_request import native
from backend.wire.openai import ChatCompletionRequest
from tests.fakes.backend import add_model
from tests.fakes.observed import asked

if TYPE_CHECKING:
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from backend.wire.ollama import ChatRequest, Message
    from tests.fakes.wire import Wire

pytestmark = pytest.mark.section("B.2")

HI = {"role": "user", "content": "hi"}
PNG = "iVBORw0KGgo="
TOOLS = [{"type": "function", "function": {"name": name}} for name in ("look", "listen")]

LISTEN = {"type": "function", "function": {"name": "listen"}}


def read(**fields: Any) -> ChatRequest:
    """The native request that a body with these fields becomes."""
    body = {"model": "m", "messages": [HI], **fields}
    return native(decoded(orjson.dumps(body), ChatCompletionRequest))


def messages(*given: dict[str, Any]) -> list[Message]:
    return read(messages=list(given)).messages


def options(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in read(**fields).options.items() if value is not None}


def test_what_is_not_given_is_openais_default() -> None:
    request = read()
    assert options() == {"temperature": 1.0, "top_p": 1.0}
    assert (request.format, request.think, request.tools, request.logprobs, request.keep_alive) == (
        None,
        None,
        [],
        False,
        None,
    )


def test_sampling_fields() -> None:
    given = {"temperature": 0, "top_p": 0.5, "seed": 7, "frequency_penalty": 0.1, "presence_penalty": 0.2}
    assert options(**given) == given
    assert options(**dict.fromkeys(given)) == options()


def test_the_limit_of_new_tokens_has_two_names() -> None:
    assert options(max_tokens=5)["num_predict"] == 5
    assert options(max_completion_tokens=6)["num_predict"] == 6
    assert options(max_tokens=5, max_completion_tokens=6)["num_predict"] == 6
    assert options(max_tokens=5, max_completion_tokens=None)["num_predict"] == 5


@pytest.mark.parametrize(
    ("given", "stop"), [("x", ["x"]), (["x", "y"], ["x", "y"]), (["x", 5, None], ["x"]), (5, None), (None, None)]
)
def test_stop_is_a_text_or_a_list(given: object, stop: list[str] | None) -> None:
    assert options(stop=given).get("stop") == stop


@pytest.mark.parametrize(
    ("effort", "think"),
    [
        *(("", None), ("none", False), ("minimal", "low"), ("low", "low"), ("medium", "medium"), ("high", "high")),
        *((effort, "max") for effort in ("max", "xhigh", "ultra")),
    ],
)
def test_reasoning_effort(effort: str, think: bool | str | None) -> None:
    assert read(reasoning_effort=effort).think == think
    assert read(reasoning={"effort": effort}).think == think
    assert read(reasoning={"effort": effort}, reasoning_effort="high").think == (think if effort else "high")


def test_an_unknown_effort_is_refused() -> None:
    with pytest.raises(BadRequest, match=r'^invalid reasoning value: "x" \(must be "minimal", .*, "max", or "none"\)$'):
        read(reasoning_effort="x")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"type": "json_object"}, "json"),
        ({"type": " JSON_Object "}, "json"),
        ({"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}, {"type": "object"}),
        *((other, None) for other in ({"type": "text"}, {"type": "json_schema"}, {"type": "grammar"}, {}, None)),
    ],
)
def test_response_formats(given: object, expected: object) -> None:
    assert read(response_format=given).format == expected


def test_tool_choice_narrows_the_tools() -> None:
    assert read(tools=TOOLS).tools == TOOLS
    for choice in ("auto", "required", None):
        assert read(tools=TOOLS, tool_choice=choice).tools == TOOLS
    assert read(tools=TOOLS, tool_choice="none").tools == []
    assert read(tools=TOOLS, tool_choice=LISTEN).tools == TOOLS[1:]
    with pytest.raises(BadRequest, match="'smell', which is not among the tools"):
        read(tools=TOOLS, tool_choice={"type": "function", "function": {"name": "smell"}})


@pytest.mark.parametrize("choice", ["auto", "none", None, 5, {"type": "allowed_tools"}, {"function": 5}])
def test_a_choice_that_forces_nothing(choice: object) -> None:
    assert read(tools=TOOLS, tool_choice=choice, response_format={"type": "json_object"}).format == "json"
    assert read(tool_choice=choice).format is None


def test_a_choice_that_demands_a_call_holds_the_reply_to_it() -> None:
    assert names(read(tools=TOOLS, tool_choice="required")) == ["look", "listen"]
    assert names(read(tools=TOOLS, tool_choice=LISTEN, response_format={"type": "json_object"})) == ["listen"]
    for choice in ("required", LISTEN):
        assert (read(tool_choice=choice).format, read(tool_choice=choice).tools) == (None, [])


def names(request: ChatRequest) -> list[str]:
    return [call["properties"]["name"]["const"] for call in request.format["anyOf"]]


def test_the_parts_of_a_message_are_one_message() -> None:
    parts = [
        {"type": "text", "text": "see"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}", "detail": "low"}},
        {"type": "text", "text": "and hear"},
        {"type": "image_url", "image_url": f"data:;base64,{PNG}"},
        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
    ]
    (message,) = messages({"role": "user", "content": parts})
    assert (message.role, message.content) == ("user", "see\nand hear")
    assert message.images == [PNG, PNG, "UklGRg=="]


@pytest.mark.section("M.15")
@pytest.mark.parametrize("kind", ["jpeg", "jpg", "png", "webp", "PNG"])
def test_kinds_of_images(kind: str) -> None:
    part = {"type": "image_url", "image_url": {"url": f"data:image/{kind};base64,{PNG}"}}
    assert messages({"role": "user", "content": [part]})[0].images == [PNG]


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (None, "invalid message content type: <nil>"),
        (5, "invalid message content type: int"),
        ({"type": "text", "text": "x"}, "invalid message content type: dict"),
        *(([part], "invalid message format") for part in ("x", {}, {"type": "video"}, {"type": "text", "text": 5})),
        ([{"type": "image_url", "image_url": {"url": 5}}], "invalid message format"),
        ([{"type": "input_audio", "input_audio": {"data": "?"}}], "invalid audio input"),
    ],
)
def test_content_that_cannot_be_read(content: object, refusal: str) -> None:
    with pytest.raises(BadRequest) as refused:
        messages({"role": "user", "content": content})
    assert refused.value.message == refusal


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("https://example.com/x.png", "image URLs are not currently supported, please use base64 encoded data instead"),
        *(
            (url, "invalid image input")
            for url in (
                *("", "x", PNG, "file:///etc/passwd", f"data:image/gif;base64,{PNG}", f"data:text/plain;base64,{PNG}"),
                *("data:image/png;base64,", "data:image/png;base64,*", "data:image/png,x", "ftp://example.com/x.png"),
            )
        ),
    ],
)
def test_images_that_cannot_be_read(url: str, refusal: str) -> None:
    with pytest.raises(BadRequest) as refused:
        messages({"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]})
    assert refused.value.message == refusal


def call(identity: str, name: str, arguments: str = "{}") -> dict[str, Any]:
    return {"id": identity, "type": "function", "function": {"name": name, "arguments": arguments}}


def test_a_conversation_with_tools() -> None:
    first, second, *results = messages(
        {"role": "assistant", "content": None, "tool_calls": [call("c1", "look", '{"at":"ö"}'), call("c2", "listen")]},
        {"role": "assistant", "tool_calls": [call("c1", "smell")]},
        {"role": "tool", "content": "a cat", "tool_call_id": "c2"},
        {"role": "tool", "content": "fish", "tool_call_id": "c1"},
        {"role": "tool", "content": [{"type": "text", "text": "?"}], "tool_call_id": "c1", "name": "own"},
        {"role": "tool", "content": "?", "tool_call_id": "other"},
    )
    assert (first.content, second.content) == ("", "")
    assert [(one.id, one.function.name, one.function.arguments) for one in first.tool_calls] == [
        ("c1", "look", {"at": "ö"}),
        ("c2", "listen", {}),
    ]
    assert [(one.tool_name, one.tool_call_id, one.content) for one in results] == [
        ("listen", "c2", "a cat"),
        ("smell", "c1", "fish"),
        ("own", "c1", "?"),
        ("", "other", "?"),
    ]


@pytest.mark.parametrize("arguments", ["", "x", "[]", "null", '"x"', "{"])
def test_arguments_that_are_no_object_are_refused(arguments: str) -> None:
    with pytest.raises(BadRequest, match=r"^invalid tool call arguments$"):
        messages({"role": "assistant", "tool_calls": [call("c", "look", arguments)]})


def test_roles_and_reasoning() -> None:
    first, second, third = messages(
        {"role": "developer", "content": "be brief"},
        {"role": "Assistant", "content": "a", "reasoning": "because", "name": "not sent on"},
        HI,
    )
    assert (first.role, first.content) == ("system", "be brief")
    assert (second.role, second.thinking, second.tool_name) == ("assistant", "because", "")
    assert third.role == "user"


async def test_what_the_engine_is_asked(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", system="the model's own")
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    body = {
        "model": "m",
        "messages": [{"role": "developer", "content": "be brief"}, HI],
        "max_completion_tokens": 3,
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}},
        "logprobs": True,
        "top_logprobs": 2,
        "unknown": {"n": 2},
    }
    assert (await wire.post("/v1/chat/completions", **body)).status == 200
    (sent,) = await asked(runners[0])
    assert [message["content"] for message in sent["messages"]] == ["be brief", "hi"]
    assert (sent["n_predict"], sent["temperature"], sent["top_p"]) == (3, 1.0, 1.0)
    assert sent["response_format"]["json_schema"]["schema"]["properties"] == schema["properties"]
    assert (sent["logprobs"], sent["top_logprobs"]) == (True, 2)
