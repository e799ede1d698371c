"""A reply parted by its tokens, in rows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.tokens.made import reply, token
from tui.terminal.sanitize import clean_line
from tui.tokens.spans import Span, rows, spans


def test_what_was_given_has_no_token() -> None:
    tokens = [token("Two", 4, 0.5), token(" 3", 7, 0.5)]
    assert spans(reply("One Two 3!"), tokens) == [Span("One "), Span("Two", 0), Span(" 3", 1), Span("!")]


def test_thinking_stands_before_the_text() -> None:
    tokens = [token("<think>", -1, 0.9), token("hm", 0, 0.9, is_thinking=True), token("Yes", 0, 0.9)]
    assert spans(reply("Yes", "hm"), tokens) == [Span("hm", 1), Span("\n\n"), Span("Yes", 2)]


def test_a_token_that_breaks_the_line_is_seen() -> None:
    laid = rows([Span("a", 0), Span("\n\n", 1), Span("b", 2)], 10)
    assert [row.pieces for row in laid] == [[("a", 0), ("↵", 1)], [("↵", 1)], [("b", 2)]]


def test_tokens_stand_whole_where_they_fit() -> None:
    laid = rows([Span("one", 0), Span(" two", 1), Span("abcdefghij", 2)], 6)
    assert [row.pieces for row in laid] == [[("one", 0)], [("two", 1)], [("abcdef", 2)], [("ghij", 2)]]


@given(
    st.lists(st.text(min_size=1, max_size=12), max_size=30),
    st.integers(min_value=4, max_value=40),
    st.booleans(),
)
def test_any_text_is_laid_out_safely(texts: list[str], width: int, known: bool) -> None:
    content, tokens = "", []
    for text in texts:
        if known:
            tokens.append(token(text, len(content), 0.5))
        content += text
    parts = spans(reply(content), tokens)
    assert "".join(span.text for span in parts) == content
    laid = rows(parts, width)
    for row in laid:
        assert row.width == sum(cell_len(text) for text, _ in row.pieces) <= width
        for text, _ in row.pieces:
            assert text == clean_line(text)
    assert {place for row in laid for _, place in row.pieces if place >= 0} == set(range(len(tokens)))
