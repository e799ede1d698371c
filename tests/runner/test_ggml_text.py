"""Text from the bytes of tokens."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backend.runner.ggml_text import Text


def _fed(stops: list[str], *tokens: bytes) -> tuple[list[str], str, str]:
    text = Text(stops)
    pieces = []
    for token in tokens:
        pieces.append(text.feed(token))
        if text.stopped_by:
            return pieces, text.stopped_by, ""
    return pieces, "", text.finish()


def test_a_character_that_spans_tokens_comes_whole() -> None:
    sign = "é🙂".encode()
    assert _fed([], *(sign[place : place + 1] for place in range(6))) == (["", "é", "", "", "", "🙂"], "", "")


def test_an_unfinished_character_at_the_end_is_left_out() -> None:
    assert _fed([], b"a", "é".encode()[:1]) == (["a", ""], "", "")


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert _fed([], b"a\xffb")[0] == ["a\ufffdb"]


def test_a_stop_string_across_pieces_ends_the_text_before_it() -> None:
    assert _fed(["STOP"], b"go S", b"TO", b"P on") == (["go ", "", ""], "STOP", "")


def test_what_only_looked_like_a_stop_string_comes_later() -> None:
    assert _fed(["STOP"], b"S", b"TOO", b"ST") == (["", "STOO", ""], "", "ST")


def test_the_first_stop_string_in_the_text_counts() -> None:
    assert _fed(["d", "bc"], b"abcd") == (["a"], "bc", "")


@given(st.text(alphabet="ab", max_size=30), st.integers(1, 5), st.text(alphabet="ab", min_size=1, max_size=4))
def test_cutting_does_not_change_what_comes_out(whole: str, size: int, stop: str) -> None:
    pieces, stopped, rest = _fed([stop], *(whole[n : n + size].encode() for n in range(0, len(whole), size)))
    before, found, _ = whole.partition(stop)
    assert "".join(pieces) + rest == before
    assert stopped == found
