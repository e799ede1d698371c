"""Errors in OpenAI's envelope (the specification's section B.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from backend.http.reply import printable
from backend.http.sse import frame
from backend.wire.openai import Error, ErrorResponse

if TYPE_CHECKING:
    from backend.errors import BackendError

DONE = b"data: [DONE]\n\n"
_TYPES = {400: "invalid_request_error", 404: "not_found_error"}


def error_reply(error: BackendError) -> web.Response:
    """The error with its status."""
    body = msgspec.json.encode(_envelope(error))
    return web.Response(status=error.status, body=body, content_type="application/json")


def error_frames(error: BackendError) -> bytes:
    """The end of a stream that fails. Ollama just ends it (section B.1), which looks like a whole answer."""
    return frame(_envelope(error)) + DONE


def _envelope(error: BackendError) -> ErrorResponse:
    return ErrorResponse(
        error=Error(message=printable(error.message), type=_TYPES.get(error.status, "api_error"), param=None, code=None)
    )
