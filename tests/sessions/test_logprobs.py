"""Log probabilities of tokens: kept small, and set beside the text that the tokens made."""

from __future__ import annotations

import pytest

from backend.sessions import logprobs
from backend.sessions.logprobs import Record
from backend.wire.ollama import Logprob, TokenLogprob

HALF = TokenLogprob(token="\ufffd", logprob=-3.0, bytes=[0xC3])  # noqa: S106 # of a model


def logprob(token: str, *others: TokenLogprob) -> Logprob:
    return Logprob(token=token, logprob=-1.0, bytes=list(token.encode()), top_logprobs=list(others))


def test_what_is_packed_is_what_it_was() -> None:
    given = [logprob("Zürich", HALF), logprob("!")]
    body = logprobs.pack(Record.of(3, given))
    assert len(body) < 60
    record = logprobs.unpack(body)
    assert (record.piece, record.logprobs()) == (3, given)
    assert logprobs.joined([]) == b""


@pytest.mark.parametrize(
    ("tokens", "content", "thinking", "prefix", "places"),
    [
        ("one| two", "one two", "", 0, "0 3"),
        ("one| two", "zero one two", "", 5, "5 8"),
        ("<think>|\n|hm|.\n|</think>|\n\n|So|.", "So.", "hm.", 0, "-1 -1 t0 t2 -1 -1 0 2"),
        ("\n\nSo|, yes|\n", "So, yes", "", 0, "0 2 -1"),
        ("a|a", "aa", "aa", 1, "1 -1"),
        ("|x", "y", "", 0, "-1 -1"),
    ],
)
def test_each_token_is_found_in_the_text_that_it_made(
    tokens: str, content: str, thinking: str, prefix: int, places: str
) -> None:
    record = Record.of(0, [logprob(token) for token in tokens.split("|")])
    placed = logprobs.placed([record], content, thinking, prefix)
    assert " ".join("t" * token.is_thinking + str(token.start) for token in placed) == places
