"""One line for each request: who asked for what, and how it ended. No body, no query, no header but the key's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp.abc import AbstractAccessLogger

from backend.http.gate import KEY_NAME

if TYPE_CHECKING:
    from aiohttp.web import BaseRequest, StreamResponse


class RequestLog(AbstractAccessLogger):
    """Writes to the logger that aiohttp hands it. `time` is in seconds."""

    def log(self, request: BaseRequest, response: StreamResponse, time: float) -> None:
        self.logger.info(
            "request",
            extra={
                "fields": {
                    "method": request.method,
                    "path": request.path,
                    "status": response.status,
                    "ms": round(time * 1000, 1),
                    "from": request.remote or "socket",
                    "key": request.get(KEY_NAME, ""),
                }
            },
        )
