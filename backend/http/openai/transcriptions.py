"""`POST /v1/audio/transcriptions` (the specification's section B.7): a chat about a recording."""

from __future__ import annotations

import base64
from contextlib import aclosing
from typing import TYPE_CHECKING

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from backend.errors import BadRequest
from backend.http.generation import client_of
from backend.http.openai.reply import json_reply
from backend.inference.media import is_audio
from backend.inference.pieces import Piece
from backend.wire.ollama import ChatRequest, Message
from backend.wire.openai import Transcription

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from backend.inference.service import Inference
    from backend.monitor.requests import LiveRequests

_MAX_BYTES = 25 << 20  # of the whole form, which is kept in memory (section K)
_INSTRUCTION = "Transcribe the recording word for word. Answer with the transcription alone."
_NO_FORM = "failed to parse multipart form"


class Transcriptions:
    """The handler over the chats of inference."""

    def __init__(self, inference: Inference, live: LiveRequests) -> None:
        self._inference = inference
        self._live = live

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/v1/audio/transcriptions", self.transcribe)]

    async def transcribe(self, request: web.Request) -> web.Response:
        form = await _read(request)
        model = form.get("model", b"").decode("utf-8", "replace")
        asked = _native(model, form)
        with self._live.track("chat", model, client_of(request)) as live:
            async with aclosing(self._inference.chat(asked, live)) as parts:
                text = "".join([part.text async for part in parts if isinstance(part, Piece)])
        if form.get("response_format", b"").lower() == b"text":
            return web.Response(text=text)
        return json_reply(Transcription(text=text))


def _native(model: str, form: dict[str, bytes]) -> ChatRequest:
    if not model:
        raise BadRequest("model is required")
    if "file" not in form:
        raise BadRequest("file is required: the form has no such field")
    if not form["file"]:
        raise BadRequest("audio file is empty")
    audio = base64.b64encode(form["file"]).decode()
    if not is_audio(audio):
        raise BadRequest("the file is no recording that can be read: send WAV, MP3 or FLAC")
    instruction = _INSTRUCTION
    if language := form.get("language", b"").decode("utf-8", "replace"):
        instruction += f" Its language is {language}."
    hint = form.get("prompt", b"").decode("utf-8", "replace")
    return ChatRequest(
        model=model,
        messages=[
            Message(role="system", content=instruction),
            Message(role="user", content=hint, images=[audio]),
        ],
        options={"temperature": 0},
    )


async def _read(request: web.Request) -> dict[str, bytes]:
    """The fields of the form, bounded together. Raises `BadRequest`."""
    if request.content_type != "multipart/form-data":
        raise BadRequest(f"{_NO_FORM}: the content type is {request.content_type}")
    form: dict[str, bytes] = {}
    left = _MAX_BYTES
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader):
                raise BadRequest(f"{_NO_FORM}: it holds another form")
            value = bytearray()
            async for chunk in _chunks(part):
                value += chunk
                if len(value) > left:
                    raise BadRequest(f"the form is larger than {_MAX_BYTES >> 20} MiB", status=413)
            left -= len(value)
            form[part.name or ""] = bytes(value)
    except (ValueError, HttpProcessingError) as error:
        raise BadRequest(f"{_NO_FORM}: {error}") from None
    return form


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk():
        yield chunk
