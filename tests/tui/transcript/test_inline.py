from __future__ import annotations

import pytest

from tui.transcript.inline import parse


@pytest.mark.parametrize(
    ("source", "text", "spans"),
    [
        ("plain", "plain", ()),
        ("a **b** c", "a b c", ((2, 3, "bold"),)),
        ("use `x**2` now", "use x**2 now", ((4, 8, "code"),)),
        ("- **a** and `b`", "• a and b", ((2, 3, "bold"), (8, 9, "code"))),
        ("**open", "**open", ()),
        ("2 ** 3 ** 4", "2 ** 3 ** 4", ()),
        ("[red]not markup[/red]", "[red]not markup[/red]", ()),
    ],
)
def test_marks_become_spans(source: str, text: str, spans: tuple[object, ...]) -> None:
    line = parse(source)
    assert (line.text, line.spans) == (text, spans)


def test_headings_and_bullets() -> None:
    assert parse("## Title ##").text == "Title"
    assert parse("## Title").heading
    assert (parse("- item").text, parse("- item").hang) == ("• item", 2)
    assert (parse("  12. item").text, parse("  12. item").hang) == ("  12. item", 6)
    assert not parse("#hashtag").heading
