from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from tui.prompt.attachments import TEXT_LIMIT, AttachmentError, expand, mentions, without

if TYPE_CHECKING:
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("photo.png", "my photo.png", "it's.JPG"):
        (tmp_path / name).write_bytes(PNG)
    (tmp_path / "notes.md").write_text("# Notes\n```py\nx\n```\n")
    (tmp_path / "a b.txt").write_text("blank")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "name", "left"),
    [
        ("what is ./photo.png ?", "photo.png", "what is ?"),
        ("./photo.png what is it?", "photo.png", "what is it?"),
        ("~/photo.png", "photo.png", ""),
        ("{place}/photo.png", "photo.png", ""),
        ("see ./my\\ photo.png!", "my photo.png", "see !"),
        ("see './my photo.png'", "my photo.png", "see"),
        ('see "{place}/my photo.png" now', "my photo.png", "see now"),
        ("see {place}/my photo.png now", "my photo.png", "see now"),
        ("see @photo.png now", "photo.png", "see now"),
        ("./it\\'s.JPG", "it's.JPG", ""),
        ("(./photo.png)", "photo.png", "()"),
    ],
)
def test_an_image_is_found_however_its_path_is_written(place: Path, text: str, name: str, left: str) -> None:
    text = text.format(place=place)
    files = mentions(text)
    assert [(file.path.name, file.image, file.size) for file in files] == [(name, True, len(PNG))]
    sent = expand(text, files, can_see=True)
    assert sent.text == left
    assert [base64.b64decode(image) for image in sent.images] == [PNG]
    assert expand(text, files, can_see=False).images == ()
    assert expand(text, files, can_see=False).text == text


@pytest.mark.parametrize(
    "text",
    [
        "photo.png",
        "./gone.png",
        "a@notes.md",
        "mail me @home",
        "https://host/photo.png",
        "./photo.pngs",
        "@.",
        "@/",
        "/",
    ],
)
def test_what_names_no_file_stays_text(place: Path, text: str) -> None:
    assert mentions(text) == []


def test_two_images_in_one_line(place: Path) -> None:
    files = mentions("compare ./photo.png with ./my photo.png")
    assert [file.path.name for file in files] == ["photo.png", "my photo.png"]
    assert len(expand("compare ./photo.png with ./my photo.png", files, can_see=True).images) == 2


def test_a_text_file_stands_below_in_a_fence_that_nothing_in_it_closes(place: Path) -> None:
    sent = expand("sum up @notes.md, please", mentions("sum up @notes.md please"), can_see=False)
    assert sent.text == "sum up `notes.md`, please\n\n`notes.md`:\n\n````md\n# Notes\n```py\nx\n```\n````"
    assert mentions("@a\\ b.txt")[0].path.name == "a b.txt"
    assert mentions('@"a b.txt"')[0].path.name == "a b.txt"


def test_what_cannot_go_with_a_message_says_why(place: Path) -> None:
    (place / "fake.png").write_bytes(b"GIF89a")
    (place / "binary.dat").write_bytes(b"\xff\x00")
    (place / "large.txt").write_bytes(b"x" * (TEXT_LIMIT + 1))
    for name, message in (("fake.png", "not a JPEG"), ("binary.dat", "not a text file"), ("large.txt", "too large")):
        with pytest.raises(AttachmentError, match=message):
            expand(f"@{name}", mentions(f"@{name}"), can_see=True)
    files = mentions("@notes.md")
    (place / "notes.md").unlink()
    with pytest.raises(AttachmentError, match="cannot be read: No such file"):
        expand("@notes.md", files, can_see=True)


def test_a_name_is_taken_out_with_one_blank(place: Path) -> None:
    for text, left in (("a ./photo.png b", "a b"), ("./photo.png b", "b"), ("a ./photo.png", "a")):
        assert without(text, mentions(text)[0]) == left


def test_a_text_full_of_slashes_and_endings_is_scanned_quickly(place: Path) -> None:
    assert mentions("/" * 200_000) == []
    assert mentions("/a.png " * 20_000) == []
