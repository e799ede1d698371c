from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.inference.thinking import ThinkingParser


def split(pieces: list[str], *, open_already: bool = False) -> tuple[str, str]:
    parser = ThinkingParser(open_already=open_already)
    parts = [parser.feed(piece) for piece in pieces] + [parser.finish()]
    return "".join(thinking for thinking, _ in parts), "".join(answer for _, answer in parts)


@pytest.mark.parametrize(
    ("text", "thinking", "answer"),
    [
        ("<think>a b</think>c", "a b", "c"),
        ("\n <think>\na b\n</think>\n\nc\n", "a b", "c\n"),
        ("no tag at all", "", "no tag at all"),
        ("a <think>b</think>", "", "a <think>b</think>"),
        ("<think>never closed", "never closed", ""),
        ("<thin", "", "<thin"),
        ("<think>a </thin b</think>c</think>", "a </thin b", "c</think>"),
        ("<think></think>c", "", "c"),
    ],
)
def test_however_the_text_is_cut_the_split_is_the_same(text: str, thinking: str, answer: str) -> None:
    assert split([text]) == (thinking, answer)
    assert split(list(text)) == (thinking, answer)


def test_a_prompt_that_opened_the_tag_starts_inside() -> None:
    assert split(["\nhm", "m</th", "ink>\nyes"], open_already=True) == ("hmm", "yes")


def test_other_models_have_other_tags() -> None:
    for cut in range(30):
        text = "[THINK]a [/b[/THINK]\n c"
        parser = ThinkingParser("[THINK]", "[/THINK]", open_already=False)
        parts = [parser.feed(text[:cut]), parser.feed(text[cut:]), parser.finish()]
        assert ("".join(part[0] for part in parts), "".join(part[1] for part in parts)) == ("a [/b", "c")


@given(st.lists(st.sampled_from(["<think>", "</think>", "<", "th", "ink>", " ", "\n", "x"])), st.booleans())
def test_nothing_that_was_said_is_lost(pieces: list[str], open_already: bool) -> None:
    thinking, answer = split(pieces, open_already=open_already)
    assert (thinking + answer).count("x") == "".join(pieces).count("x")


@given(st.text(alphabet="<think/> x\n"), st.data())
def test_cutting_changes_nothing(text: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(text)))
    assert split([text[:cut], text[cut:]]) == split([text])
