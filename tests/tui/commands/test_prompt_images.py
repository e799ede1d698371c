"""Images in the prompt of `puna run`."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from backend.errors import BadRequest
from tui.commands.prompt_images import take_images

if TYPE_CHECKING:
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n and the rest"


def test_an_image_is_taken_out_of_the_text_and_announced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "a b.png"
    picture.write_bytes(PNG)
    text, images = take_images(f"what is in '{picture}' and in /nowhere/x.png?")
    assert text == "what is in and in /nowhere/x.png?"
    assert images == [base64.b64encode(PNG).decode()]
    assert capsys.readouterr().err == f"Added image '{picture}'\n"


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(b"text")
    with pytest.raises(BadRequest, match=r"x\.jpg is not a JPEG, PNG or WebP image"):
        take_images(f"see {tmp_path}/x.jpg")
