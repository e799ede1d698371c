from __future__ import annotations

import pytest

from tui.slash.line import as_text, head_and_rest, is_command


@pytest.mark.parametrize("text", ["/", "/?", "/clear", "/set system a\nb", "/models.load", "/x\n/y", "/load a"])
def test_a_slash_and_a_word_are_a_command(text: str) -> None:
    assert is_command(text)


@pytest.mark.parametrize("text", ["", "a", " /clear", "//clear", "/etc/hosts", "/* c */", "/5", "// x", "/a:b", "/é!"])
def test_all_else_is_text(text: str) -> None:
    assert not is_command(text)


@pytest.mark.parametrize(
    ("text", "sent"),
    [("//clear", "/clear"), ("// x", "// x"), ("/etc/hosts", "/etc/hosts"), (" /a", " /a"), ("a", "a")],
)
def test_only_a_doubled_slash_before_a_word_is_halved(text: str, sent: str) -> None:
    assert as_text(text) == sent


def test_a_line_has_a_head_and_a_rest() -> None:
    assert head_and_rest("/set system  a b ") == ("set", "system  a b")
    assert head_and_rest("system\na b\nc") == ("system", "a b\nc")
    assert head_and_rest("/?") == ("?", "")
