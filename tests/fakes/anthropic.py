"""What the tests of Anthropic's interface share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.wire import Answer

HI = [{"role": "user", "content": "hi"}]
LOOK = {"name": "look", "description": "Look there", "input_schema": {"type": "object", "properties": {"at": {}}}}


def user(text: str) -> list[dict[str, Any]]:
    """A conversation of one message."""
    return [{"role": "user", "content": text}]


def refusal(answer: Answer) -> tuple[int, str, str]:
    """Status, type and text of an error in Anthropic's envelope."""
    body = answer.json
    assert list(body) == ["type", "error", "request_id"]
    assert body["type"] == "error"
    assert list(body["error"]) == ["type", "message"]
    assert re.fullmatch("req_[0-9a-f]{24}", body["request_id"])
    return answer.status, body["error"]["type"], body["error"]["message"]
