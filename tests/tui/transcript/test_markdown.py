from __future__ import annotations

import pytest

from tests.tui.transcript.laid import reply, rows, shown, tones
from tui.transcript.block import Kind
from tui.transcript.tone import Tone

TABLE = "| Name | n |\n|:-----|--:|\n| one | 1 |\n| fourteen | 14 |\n"
FENCE = "```py\ndef f(x):\n\n    return x\n```\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# One ##\n## Two", ["One", "Two"]),
        ("one\ntwo  \nthree", ["one", "two", "three"]),
        ("one\n\n\n\ntwo", ["one", "", "two"]),
        ("\n\none", ["one"]),
        ("- a\n- b\n  - c\n\n- d", ["• a", "• b", "  ◦ c", "", "• d"]),
        ("3. a\n4. b\n   more", ["3. a", "4. b", "   more"]),
        ("- words that are too long for a single row", ["• words that are too long for a single", "  row"]),
        ("> a\n> - b\n>\n> c", ["▎ a", "▎ • b", "▎", "▎ c"]),
        ("a\n\n---\nb", ["a", "", "─" * 38, "b"]),
        ("    x = 1\n    y = 2\n", ["│ x = 1", "│ y = 2"]),
        ("<b>x</b> [red]y[/red]", ["<b>x</b> [red]y[/red]"]),
        ("[a](http://x.y/z) <http://q.r>", ["a (http://x.y/z) http://q.r"]),
        ("[http://x.y](http://x.y)", ["http://x.y"]),
        ("[x](javascript:alert(1))", ["[x](javascript:alert(1))"]),
        ("![cat](c.png)", ["[image: cat] (c.png)"]),
        ("[a][1]\n\n[1]: http://x.y", ["[a][1]", "", "[1]: http://x.y"]),
        ("a &amp; b &#x202e; &#155;", ["a & b ⟨U+202E⟩ �"]),
        ("-", ["•"]),
    ],
)
def test_blocks(source: str, expected: list[str]) -> None:
    assert shown(source) == expected


def test_marks_become_tones() -> None:
    assert tones("a **b** *c* ~~d~~ `e` ***f***") == [
        ("a ", Tone.TEXT),
        ("b", Tone.BOLD),
        (" ", Tone.TEXT),
        ("c", Tone.ITALIC),
        (" ", Tone.TEXT),
        ("d", Tone.STRIKE),
        (" ", Tone.TEXT),
        ("e", Tone.CODE),
        (" ", Tone.TEXT),
        ("f", Tone.BOLD),
    ]
    assert tones("[a](http://b.c)") == [("a", Tone.LINK), (" (http://b.c)", Tone.TARGET)]
    assert tones("2 ** 3 ** 4") == [("2 ** 3 ** 4", Tone.TEXT)]


def test_a_fence_is_framed_and_its_text_kept_as_it_is() -> None:
    assert shown("see:\n```py\nx = **1**\n\tif y:\n```\ndone") == [
        "see:",
        "╭─ py " + "─" * 32,
        "│ x = **1**",
        "│     if y:",
        "╰" + "─" * 37,
        "done",
    ]


def test_a_fence_in_a_list_stands_under_its_item() -> None:
    assert shown("1. do\n\n   ```sh\n   ls\n   ```\n2. done")[:5] == [
        "1. do",
        "",
        "   ╭─ sh " + "─" * 29,
        "   │ ls",
        "   ╰" + "─" * 34,
    ]


def test_a_long_fence_goes_on_without_a_seam() -> None:
    code = [f"line {number}" for number in range(200)]
    for lead in ("", "   "):
        text = (
            ("1. do\n\n" if lead else "")
            + lead
            + "```\n"
            + "".join(f"{lead}{line}\n" for line in code)
            + lead
            + "```\n"
        )
        got = shown(text)
        assert [row.strip(" │") for row in got if "line" in row] == code
        assert sum("╭" in row for row in got) == 1
        assert sum("╰" in row for row in got) == 1


def test_code_keeps_its_colours_beyond_the_lines_that_are_read_at_once() -> None:
    text = "```py\n" + "".join(f"def f{number}():\n    return {number}\n\n" for number in range(100)) + "```"
    keywords = [
        segment.text
        for strip in reply(text).strips
        for segment in strip
        if segment.style and segment.style.color and segment.style.color.name == f"color({[*Tone].index(Tone.KEYWORD)})"
    ]
    assert keywords.count("def") == 100
    assert keywords.count("return") == 100


def test_a_table_has_borders_and_alignment() -> None:
    assert shown(TABLE) == [
        "╭──────────┬────╮",
        "│ Name     │  n │",
        "├──────────┼────┤",
        "│ one      │  1 │",
        "│ fourteen │ 14 │",
        "╰──────────┴────╯",
    ]


def test_too_deep_nesting_is_shown_as_written() -> None:
    assert ">" * 50 + " deep" in "".join(shown(">" * 50 + " deep"))


def test_code_is_never_blank_while_a_fence_streams() -> None:
    whole = "Look:\n\n" + FENCE + "\nThat was it.\n\n" + FENCE.replace("f(x)", "g()").replace("x", "y") + "\nEnd."
    for end in range(len(whole)):
        text = whole[:end]
        lines = [line.strip() for line in text.split("\n")[:-1] if line.strip() and "```" not in line]
        seen = [row.strip("│ ") for row in shown(text, growing=True)]
        assert [row for row in seen if row in lines] == lines, text


def test_marks_do_not_flash_up_while_text_streams() -> None:
    whole = (
        "Some **bold** and `code` and a [link](http://x.y) here.\n\n- one\n- **two**\n\n1. x\n\n# Head\n\n"
        + TABLE
        + "\n---\nend"
    )
    for end in range(len(whole)):
        for row in shown(whole[:end], growing=True):
            assert not any(mark in row for mark in ("**", "`", "](", "#", "|")), whole[:end]
            assert row not in ("-", "1", "1.", "--")


def test_a_heading_is_not_made_of_text_under_which_a_list_begins() -> None:
    assert tones("Steps:\n-") != tones("Steps:")
    layout = reply("Steps:\n", growing=True)
    before = layout.strips[1]
    layout.block.append(Kind.TEXT, "-")
    layout.update()
    assert layout.strips[1] is before or layout.strips[1] == before
    layout.block.append(Kind.TEXT, " one")
    layout.update()
    assert rows(layout.strips)[1:3] == ["  Steps:", "  • one"]


def test_what_was_held_back_is_shown_at_the_end() -> None:
    assert shown("42\n\n12", growing=True) == ["42"]
    assert shown("42\n\n12") == ["42", "", "12"]
    assert shown("| a |", growing=True) == []
    assert shown("| a |") == ["| a |"]
