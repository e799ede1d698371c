"""The engine reads no WebP: the specification's section I.3."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from backend.errors import BadRequest
from backend.inference.webp import with_readable_images
from backend.wire.ollama import ChatRequest, GenerateRequest, Message

PNG = "iVBORw0KGgo="


def webp(width: int = 3, height: int = 2) -> str:
    """A red picture."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), (255, 0, 0)).save(file, "WEBP", lossless=True)
    return base64.b64encode(file.getvalue()).decode()


def opened(image: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(image)), formats=("PNG",))


async def test_webp_becomes_png_and_everything_else_stays() -> None:
    request = await with_readable_images(GenerateRequest(images=[PNG, webp()]))
    assert request.images[0] == PNG
    with opened(request.images[1]) as image:
        assert (image.size, image.convert("RGB").getpixel((0, 0))) == ((3, 2), (255, 0, 0))


async def test_every_message_is_looked_at() -> None:
    messages = [Message(role="user", images=[webp()]), Message(role="user", content="a")]
    request = await with_readable_images(ChatRequest(messages=messages))
    with opened(request.messages[0].images[0]) as image:
        assert image.format == "PNG"
    assert request.messages[1] == messages[1]


@pytest.mark.parametrize("cut", [20, 30])
async def test_a_damaged_one_is_refused(cut: int) -> None:
    whole = base64.b64decode(webp(64, 64))
    broken = base64.b64encode(whole[:cut]).decode()
    with pytest.raises(BadRequest, match="WebP image of the request cannot be read"):
        await with_readable_images(GenerateRequest(images=[broken]))


async def test_one_with_too_many_pixels_is_refused() -> None:
    with pytest.raises(BadRequest):
        await with_readable_images(GenerateRequest(images=[webp(16383, 2049)]))
