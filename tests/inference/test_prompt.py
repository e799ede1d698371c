"""Images and their places in a prompt: the specification's sections G.6 and I.3."""

from __future__ import annotations

import pytest

from backend.inference.prompt import Prompt, numbered
from backend.wire.ollama import Message


def test_every_image_gets_a_place() -> None:
    messages = [
        Message(role="user", content="look", images=["A", "B"]),
        Message(role="assistant", content="[img] no"),
        Message(role="user", content="this [img] and [img]?", images=["C"]),
    ]
    placed, images = numbered(messages)
    assert [message.content for message in placed] == ["[img-0][img-1]look", "[img] no", "this [img-2] and [img]?"]
    assert images == ("A", "B", "C")


@pytest.mark.parametrize(
    ("text", "sent", "data"),
    [
        ("[img-0]a[img-1]b", "<m>a<m>b", ["A", "B"]),
        ("[img-1]a[img-0]", "<m>a<m>", ["B", "A"]),
        ("[img-0][img-7] [img-x]", "<m>[img-7] [img-x]", ["A"]),
        ("[img-0] and [img-0][img-00]", "<m> and [img-0][img-00]", ["A"]),
    ],
)
def test_the_engine_gets_its_marker_for_the_first_place_of_each_image(text: str, sent: str, data: list[str]) -> None:
    assert Prompt(text, ("A", "B")).for_engine("<m>") == {"prompt_string": sent, "multimodal_data": data}


def test_the_engine_gets_images_without_line_ends() -> None:
    assert Prompt("[img-0]", ("AA\r\nAA\n",)).for_engine("<m>") == {"prompt_string": "<m>", "multimodal_data": ["AAAA"]}


def test_without_images_nothing_is_a_place() -> None:
    assert Prompt("[img-0]").for_engine("<m>") == "[img-0]"


def test_a_text_that_no_template_made_shows_its_images_too() -> None:
    assert Prompt.plain("a", ["A", "B"]) == Prompt("[img-0][img-1]a", ("A", "B"))
    assert Prompt.plain("a [img-0]", ["A"]) == Prompt("a [img-0]", ("A",))
