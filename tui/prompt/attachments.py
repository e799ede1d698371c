"""Files that a message names: images by their path, as in Ollama's REPL (section J), others by `@path`.

An image's path begins with `/`, `./`, `../` or `~/`; blanks in it are escaped by a backslash, quoted, or simply there.
Nothing here shows anything; files are read when the message is sent.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from tui.quantity import size
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence

IMAGE_LIMIT = 100_000_000  # bytes, as in Ollama's REPL
IMAGES_LIMIT = 180_000_000  # bytes, of all images of a message: the backend reads 256 MiB, and base64 adds a third
TEXT_LIMIT = 1_000_000  # bytes, of all text files of a message
_FILES_LIMIT = 16
_STARTS_LIMIT = 16  # places tried as the beginning of one path
_ENDS_LIMIT = 100  # endings looked at: each may cost a look at the disk for every beginning
_PATH_LIMIT = 1024
_IMAGE_END = re.compile(r"\.(?:jpg|jpeg|png|webp)(?![\w.])", re.IGNORECASE)
_IMAGE_START = re.compile(r"(?<![^\s'\"(])(?:~/|\.{0,2}/)")
_MENTION = re.compile(r"(?<!\S)@(\"[^\"\n]{1,1024}\"|(?:[^\s\\]|\\.){1,1024})")
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


class AttachmentError(ValueError):
    """A file that cannot go with the message; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A file that is named in `text[start:end]`. `size` in bytes."""

    start: int
    end: int
    path: Path
    size: int
    image: bool

    @property
    def label(self) -> str:
        """What stands below the prompt: `photo.jpg 1.2 MB`."""
        return f"{clean_line(self.path.name)} {size(self.size)}"


@dataclass(frozen=True, slots=True)
class Expanded:
    """A message as it is sent: `images` are base64."""

    text: str
    images: tuple[str, ...] = ()


def mentions(text: str, *, limit: int = _FILES_LIMIT) -> list[Mention]:
    """The files that are there and named in the text, in its order."""
    found: list[Mention] = []
    for match in _MENTION.finditer(text):
        mention = _mention(match.start(), match.end(), _unescaped(match[1].strip('"')))
        if mention is not None:
            found.append(mention)
        if len(found) == limit:
            break
    before = 0
    for ending in islice(_IMAGE_END.finditer(text), _ENDS_LIMIT):
        if len(found) >= limit:
            break
        if any(item.start <= ending.start() < item.end for item in found):
            continue
        if (image := _image(text, before, ending.end())) is not None:
            found.append(image)
            before = image.end
    return sorted(found, key=lambda mention: mention.start)


def expand(text: str, files: Sequence[Mention], *, can_see: bool) -> Expanded:
    """Take images out of the text, and put text files below it as fenced blocks. Reads the files.

    Without `can_see` an image's path stays text. Raises `AttachmentError`.
    """
    images, blocks, parts, place, room, picture_room = [], [], [], 0, TEXT_LIMIT, IMAGES_LIMIT
    for file in files:
        parts.append(text[place : file.start])
        place = file.end
        if not file.image:
            content = _text(file, room)
            room -= len(content)
            parts.append(f"`{clean_line(file.path.name)}`")
            blocks.append(_fenced(file.path, content))
        elif can_see:
            picture_room -= file.size
            images.append(_picture(file, picture_room))
        else:
            parts.append(text[file.start : file.end])
    parts.append(text[place:])
    joined = "".join(parts)
    if images:
        joined = "\n".join(re.sub(r"(?<=\S) {2,}", " ", line).strip(" ") for line in joined.split("\n"))
    return Expanded("\n\n".join([joined, *blocks]), tuple(images))


def without(text: str, file: Mention) -> str:
    """The text without the name of a file, and without the blank that stood before it."""
    start, end = file.start, file.end
    if text[end : end + 1] == " " and (start == 0 or text[start - 1].isspace()):
        end += 1
    elif start and text[start - 1] == " ":
        start -= 1
    return text[:start] + text[end:]


def _image(text: str, before: int, end: int) -> Mention | None:
    """The image whose path ends at `end`: of the beginnings that name a file, the leftmost."""
    line = max(text.rfind("\n", 0, end) + 1, before, end - _PATH_LIMIT)
    for number, start in enumerate(_IMAGE_START.finditer(text, line, end)):
        if number == _STARTS_LIMIT:
            break
        name = text[start.start() : end]
        mention = _mention(start.start(), end, _unescaped(name)) or _mention(start.start(), end, name)
        if mention is None or not mention.image:
            continue
        quote = text[mention.start - 1 : mention.start]
        if quote in ("'", '"') and text[end : end + 1] == quote:
            return Mention(mention.start - 1, end + 1, mention.path, mention.size, image=True)
        return mention
    return None


def _mention(start: int, end: int, name: str) -> Mention | None:
    try:
        path = Path(name).expanduser()
        if not path.is_file():
            return None
        return Mention(start, end, path, path.stat().st_size, bool(_IMAGE_END.fullmatch(path.suffix)))
    except (OSError, ValueError, RuntimeError):  # no such file, a NUL in its name, a user that is not there
        return None


def _unescaped(name: str) -> str:
    return re.sub(r"\\(.)", r"\1", name)


def _picture(file: Mention, room_left: int) -> str:
    name = clean_line(file.path.name)
    if room_left < 0:
        raise AttachmentError(f"{name} is too much: the images of a message may have {size(IMAGES_LIMIT)} together")
    if file.size > IMAGE_LIMIT:
        raise AttachmentError(f"{name} has {size(file.size)}; an image may have {size(IMAGE_LIMIT)}")
    content = _bytes(file.path, IMAGE_LIMIT)
    if not (content.startswith(_BEGINNINGS) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")):
        raise AttachmentError(f"{name} is not a JPEG, PNG or WebP image; take its name out of the message")
    return base64.b64encode(content).decode()


def _text(file: Mention, room: int) -> str:
    name = clean_line(file.path.name)
    content = _bytes(file.path, room)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise AttachmentError(f"{name} is not a text file; take @{name} out of the message")
    return text


def _bytes(path: Path, limit: int) -> bytes:
    name = clean_line(path.name)
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise AttachmentError(f"{name} cannot be read: {error.strerror}") from error
    if len(content) > limit:
        bound = size(IMAGE_LIMIT) if limit == IMAGE_LIMIT else f"{size(TEXT_LIMIT)}, together with the others"
        raise AttachmentError(f"{name} is too large: it may have {bound}")
    return content


def _fenced(path: Path, content: str) -> str:
    longest = max((len(run) for run in re.findall(r"`{3,}", content)), default=2)
    fence = "`" * (longest + 1)
    kind = path.suffix.removeprefix(".") if re.fullmatch(r"\.\w{1,12}", path.suffix) else ""
    return f"`{clean_line(path.name)}`:\n\n{fence}{kind}\n{content.removesuffix(chr(10))}\n{fence}"
