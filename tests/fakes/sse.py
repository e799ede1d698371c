"""Server-sent events of an answer, read as strictly as they should be written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from tests.fakes.wire import Answer


def events(answer: Answer) -> list[tuple[str, Any]]:
    """Names and data of a stream whose events all have both."""
    assert answer.status == 200, answer.body
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Connection"] == "keep-alive"
    assert answer.body.endswith(b"\n\n")
    return [_event(frame) for frame in answer.body[:-2].split(b"\n\n")]


def _event(frame: bytes) -> tuple[str, Any]:
    name, data = frame.split(b"\n")
    assert name.startswith(b"event: ")
    assert data.startswith(b"data: ")
    return name[7:].decode(), orjson.loads(data[6:])
