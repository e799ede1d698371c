from __future__ import annotations

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.style import Style

from tui.terminal.pen import blank, change, pen_of, thrifty

_ATTRIBUTES = st.lists(st.sampled_from(["1", "3", "4", "7", "9"]), unique=True, max_size=3)
_TEXT = st.sampled_from(["", "31", "97", "38;5;200", "38;2;1;2;3", "38;2;9;9;9"])
_BEHIND = st.sampled_from(["", "44", "100", "48;5;17", "48;2;4;5;6"])
PENS = st.builds(
    lambda attributes, *colours: ";".join(filter(None, [*attributes, *colours])), _ATTRIBUTES, _TEXT, _BEHIND
)


def looks(*sequences: str) -> object:
    screen = pyte.Screen(4, 1)
    pyte.Stream(screen).feed("".join(sequences) + "x")
    return screen.buffer[0][0]


@settings(max_examples=300, derandomize=True, database=None)
@given(PENS, PENS)
def test_the_way_from_one_pen_to_another_ends_where_it_should(before: str, after: str) -> None:
    wanted = looks(f"\x1b[0;{after}m" if after else "\x1b[0m")
    assert looks(change("", before), change(before, after)) == wanted


def test_only_what_differs_is_said() -> None:
    page = "38;2;200;200;200;48;2;20;20;20"
    assert change(page, f"1;{page}") == "\x1b[1m"
    assert change(f"1;{page}", page) == "\x1b[22m"
    assert change(f"1;2;{page}", f"2;{page}") == "\x1b[22;2m"
    assert change(page, page.replace("200", "100")) == "\x1b[38;2;100;100;100m"
    assert change(page, "31") == "\x1b[0;31m"
    assert change(page, page) == ""


def test_a_link_is_no_part_of_a_pen() -> None:
    assert pen_of(Style.parse("bold link https://example.com"), ColorSystem.TRUECOLOR) == "1"
    assert pen_of(None, ColorSystem.TRUECOLOR) == ""


def test_a_pen_has_the_colours_that_the_terminal_has() -> None:
    assert pen_of(Style(color="#fd0000"), ColorSystem.EIGHT_BIT).startswith("38;5;")


def test_a_blank_needs_only_what_is_seen_of_its_pen() -> None:
    assert blank("1;3;38;2;1;2;3;48;5;17") == "48;5;17"
    assert blank("4;38;2;1;2;3;48;5;17") == "4;38;2;1;2;3;48;5;17"
    assert blank("1;31") == ""


def test_a_thrifty_pen_has_its_text_in_a_near_colour() -> None:
    assert thrifty("1;38;2;255;0;0;48;2;1;2;3") == "1;38;5;196;48;2;1;2;3"
    assert thrifty("31") == "31"
    assert thrifty("") == ""
