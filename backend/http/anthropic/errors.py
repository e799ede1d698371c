"""Anthropic's error envelope (the specification's section B.8)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from backend.http.reply import JSON_TYPE, printable
from backend.http.sse import frame
from backend.wire.anthropic import ErrorDetail, ErrorReply

if TYPE_CHECKING:
    from backend.errors import BackendError

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    503: "overloaded_error",
    529: "overloaded_error",
}


def error_reply(error: BackendError) -> web.Response:
    """The error with its status."""
    body = msgspec.json.encode(_envelope(error))
    return web.Response(status=error.status, body=body, headers={"Content-Type": JSON_TYPE})


def error_frames(error: BackendError) -> bytes:
    """The end of a stream that fails, as Anthropic's own server tells it; Ollama just ends the stream."""
    return frame(_envelope(error), "error")


def _envelope(error: BackendError) -> ErrorReply:
    detail = ErrorDetail(type=_TYPES.get(error.status, "api_error"), message=printable(error.message))
    return ErrorReply(error=detail, request_id=f"req_{secrets.token_hex(12)}")
