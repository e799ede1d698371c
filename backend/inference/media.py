"""Images and recordings of a message, told by their first bytes (the specification's section A.2)."""

from __future__ import annotations

import binascii
import re
from typing import Any

from backend.errors import BadRequest

# How the base64 of each kind begins.
_IMAGES = (("/9j/", "jpeg"), ("iVBOR", "png"), ("UklGR", "webp"))
_RIFF, _WAVE, _WEBP = "UklGR", "QVZF", "RUJQ"  # a container of WebP and of WAV; bytes 9 to 11 say which
_MP3 = ("SUQz", "//")  # with a tag in front, or at once a frame
_FLAC = "ZkxhQ"
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def check(data: str) -> None:
    """Raise `BadRequest` for what is not padded base64: a data URI, for example (section 0)."""
    data = unwrapped(data)
    try:
        binascii.a2b_base64(data, strict_mode=True)
    except ValueError:
        good = _BASE64.match(data)
        raise BadRequest(f"illegal base64 data at input byte {good.end() if good else 0}") from None


def decoded(data: str) -> tuple[bytes, str]:
    """The bytes of base64 that was checked, and their media type; that of a plain file if it is not known."""
    data = unwrapped(data)
    kind = next((f"image/{kind}" for start, kind in _IMAGES if data.startswith(start)), "application/octet-stream")
    if is_audio(data):
        kind = "audio/wav" if _is_wave(data) else "audio/flac" if data.startswith(_FLAC) else "audio/mpeg"
    return binascii.a2b_base64(data), kind


def is_audio(data: str) -> bool:
    """Whether the base64 `data` is a recording that the engine can read: WAV, MP3 or FLAC."""
    return _is_wave(data) or data.startswith((*_MP3, _FLAC))


def is_webp(data: str) -> bool:
    """Whether the base64 `data` is a WebP image, which the engine cannot read."""
    return data.startswith(_RIFF) and data[12:16] == _WEBP


def content_part(data: str) -> dict[str, Any]:
    """The base64 `data` as a part of the content of an engine's message."""
    data = unwrapped(data)
    if is_audio(data):
        # The engine knows two names and reads any of the three formats under either.
        return {"type": "input_audio", "input_audio": {"data": data, "format": "wav" if _is_wave(data) else "mp3"}}
    kind = next((kind for start, kind in _IMAGES if data.startswith(start)), "png")
    return {"type": "image_url", "image_url": {"url": f"data:image/{kind};base64,{data}"}}


def unwrapped(data: str) -> str:
    """Base64 without line ends: Ollama's decoder passes over them, the engine's does not."""
    return data.replace("\r", "").replace("\n", "")


def _is_wave(data: str) -> bool:
    return data.startswith(_RIFF) and data[12:16] == _WAVE
