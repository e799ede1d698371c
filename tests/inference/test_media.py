"""Images and recordings are told by their first bytes: the specification's section A.2."""

from __future__ import annotations

import base64

import pytest

from backend.inference.media import check, content_part, is_audio

pytestmark = pytest.mark.section("A.2")

WEBP, WAV = b"RIFF\x24\0\0\0WEBPVP8 ", b"RIFF\x24\0\0\0WAVEfmt "


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        *((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff\xe0", "jpeg"), (b"\xff\xd8\xff\xdb", "jpeg"), (WEBP, "webp")),
        (b"something else", "png"),
    ],
)
def test_images(start: bytes, kind: str) -> None:
    data = base64.b64encode(start + bytes(20)).decode()
    assert not is_audio(data)
    assert content_part(data) == {"type": "image_url", "image_url": {"url": f"data:image/{kind};base64,{data}"}}


def test_base64_may_come_in_lines() -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(99)
    wrapped = base64.encodebytes(png).decode()
    check(wrapped)
    assert content_part(wrapped) == content_part(base64.b64encode(png).decode())


@pytest.mark.parametrize(
    ("start", "name"),
    [
        *((WAV, "wav"), (b"ID3\x04", "mp3"), (b"\xff\xfb\x90", "mp3"), (b"\xff\xf3\x40", "mp3"), (b"\xff\xfa", "mp3")),
        (b"fLaC\0", "mp3"),
    ],
)
def test_recordings(start: bytes, name: str) -> None:
    data = base64.b64encode(start + bytes(20)).decode()
    assert is_audio(data)
    assert content_part(data) == {"type": "input_audio", "input_audio": {"data": data, "format": name}}


@pytest.mark.parametrize("data", ["", "U", "UklGR"])
def test_what_is_too_short_is_no_recording(data: str) -> None:
    assert not is_audio(data)
