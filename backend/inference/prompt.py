"""A prompt and the images that it shows (the specification's sections G.6 and I.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from backend.inference.media import unwrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from backend.wire.ollama import Message

IMAGE_TOKENS = 768
_PLACE = re.compile(r"\[img-([0-9]{1,6})\]")


@dataclass(frozen=True, slots=True)
class Prompt:
    """`images` are base64, recordings among them; the first `[img-N]` in the text is the place of the N-th."""

    text: str
    images: tuple[str, ...] = ()

    @classmethod
    def plain(cls, text: str, images: Sequence[str]) -> Prompt:
        """A text that no template made: the images come first unless it has places for them."""
        return cls(text if _PLACE.search(text) else "".join(map(_place, range(len(images)))) + text, tuple(images))

    def behind(self, past: str) -> Prompt:
        """The prompt with `past` before it."""
        return replace(self, text=past + self.text)

    def for_engine(self, marker: str) -> str | dict[str, Any]:
        """What the engine's `/completion` takes as `prompt`; `marker` is its text for an image."""
        if not self.images:
            return self.text
        shown: dict[int, str] = {}  # in the order of the text; one that is named again would be sent again

        def put(place: re.Match[str]) -> str:
            number = int(place[1])
            if number >= len(self.images) or number in shown:
                return place[0]
            shown[number] = unwrapped(self.images[number])
            return marker

        return {"prompt_string": _PLACE.sub(put, self.text), "multimodal_data": list(shown.values())}


def numbered(messages: Iterable[Message]) -> tuple[list[Message], tuple[str, ...]]:
    """The messages with a place for each image in their texts, and all the images.

    A place stands where the text has `[img]`, else before it.
    """
    images: list[str] = []
    placed: list[Message] = []
    for message in messages:
        content, before = message.content, ""
        for image in message.images:
            place = _place(len(images))
            images.append(image)
            if "[img]" in content:
                content = content.replace("[img]", place, 1)
            else:
                before += place
        placed.append(msgspec.structs.replace(message, content=before + content))
    return placed, tuple(images)


def _place(number: int) -> str:
    return f"[img-{number}]"
