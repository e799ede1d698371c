"""Options of a column, written and read."""

from __future__ import annotations

import pytest

from tui.compare.options import read, written

OPTIONS = {"temperature": 0.2, "seed": 7, "use_mmap": True, "stop": ["a\nb", "c\\"]}


def test_what_is_written_is_read_again() -> None:
    known = {key: value for key, value in OPTIONS.items() if key != "use_mmap"}
    assert read(written(known)) == known
    assert "use_mmap true" in written(OPTIONS)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("temprature 1", "there is no parameter temprature for a column; temperature\\?"),
        ("system be brief", "there is no parameter system for a column"),
        ("seed", "seed needs a value: whole number"),
        ("seed x", "seed must be a whole number"),
        ("top_p 7", "top_p must be a number from 0 to 1"),
    ],
)
def test_what_is_wrong_is_named(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read(text)


def test_empty_lines_say_nothing() -> None:
    assert read("\n  \ntop_k 3\n") == {"top_k": 3}
