"""WebP images as PNG, because the engine reads no WebP (the specification's section I.3).

Decoding somebody's image is left to a child, which may crash or take too much.
"""

from __future__ import annotations

import asyncio
import base64
import signal
import sys
from typing import TYPE_CHECKING, TypeVar

import msgspec

from backend.errors import BadRequest
from backend.inference.media import is_webp
from backend.runner.process import environment, signal_group
from backend.wire.ollama import ChatRequest, GenerateRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

R = TypeVar("R", ChatRequest, GenerateRequest)
_COMMAND = (sys.executable, "-P", "-m", "backend.inference.webp_to_png")
_TIMEOUT_S = 20.0
_UNREADABLE = "a WebP image of the request cannot be read"


async def with_readable_images(request: R) -> R:
    """The request without WebP images; all are known to be base64.

    Raises `BadRequest` for one that is damaged or has too many pixels.
    """
    if isinstance(request, GenerateRequest):
        return msgspec.structs.replace(request, images=await _readable(request.images))
    messages = [
        msgspec.structs.replace(message, images=await _readable(message.images)) if message.images else message
        for message in request.messages
    ]
    return msgspec.structs.replace(request, messages=messages)


async def _readable(images: Sequence[str]) -> list[str]:
    return [await _png(image) if is_webp(image) else image for image in images]


async def _png(image: str) -> str:
    data = base64.b64decode(image)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *_COMMAND, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, env=environment(), start_new_session=True
    )
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            png, _ = await process.communicate(data)
    except TimeoutError:
        raise BadRequest(_UNREADABLE) from None
    finally:
        if process.returncode is None:
            signal_group(process.pid, signal.SIGKILL)
            await process.communicate()  # to the end, else its pipes stay open
    if process.returncode != 0 or not png:
        raise BadRequest(_UNREADABLE)
    return base64.b64encode(png).decode()
