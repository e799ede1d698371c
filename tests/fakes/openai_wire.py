"""Reading answers of the OpenAI-compatible routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from tests.fakes.wire import Answer

_TYPES = {400: "invalid_request_error", 404: "not_found_error"}


def document(answer: Answer) -> Any:
    """The JSON of a whole answer."""
    assert answer.headers["Content-Type"] == "application/json"
    return orjson.loads(answer.body)


def events(answer: Answer) -> list[Any]:
    """The objects of a stream, which ends with `[DONE]`."""
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/event-stream")
    *frames, last, nothing = answer.body.decode().split("\n\n")
    assert (last, nothing) == ("data: [DONE]", "")
    assert all(frame.startswith("data: ") and "\n" not in frame for frame in frames)
    return [orjson.loads(frame.removeprefix("data: ")) for frame in frames]


def refusal(answer: Answer) -> tuple[int, str]:
    """Status and message of an error in the envelope of section B.1."""
    (key, error) = next(iter(document(answer).items()))
    assert (key, list(error)) == ("error", ["message", "type", "param", "code"])
    assert (error["type"], error["param"], error["code"]) == (_TYPES.get(answer.status, "api_error"), None, None)
    return answer.status, error["message"]
