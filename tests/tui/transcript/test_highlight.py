from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.transcript.highlight import LANGUAGES, highlight
from tui.transcript.tone import Tone, text_of

CODE = 'def f(x):\n\t"""A\n  text."""\n\n\tfor i in [1]: # {}\n\t\treturn "x" </b> $y && `z` @a %q; --\n'


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_keeps_the_text(language: str) -> None:
    assert [text_of(line) for line in highlight(CODE, language)] == CODE.split("\n")[:-1]


@given(st.sampled_from(sorted(LANGUAGES)), st.text(alphabet="ab01 \n\t\"'`#/*<>{}()[]$@%&;:=\\-+éЖ宽", max_size=80))
@settings(deadline=None)
def test_no_code_breaks_a_lexer(language: str, code: str) -> None:
    assert [text_of(line) for line in highlight(code + "\n", language)] == (code + "\n").split("\n")[:-1]


def test_words_of_a_language_are_coloured() -> None:
    first, *_ = highlight("return 1\n", "python")
    assert first == (("return", (Tone.CODE, Tone.KEYWORD)), (" ", (Tone.CODE,)), ("1", (Tone.CODE, Tone.NUMBER)))


@pytest.mark.parametrize(
    ("code", "language"), [("return 1\n", "klingon"), ("return 1\n", ""), ("x = " + "1" * 2000 + "\n", "py")]
)
def test_unknown_languages_and_endless_lines_are_plain(code: str, language: str) -> None:
    assert highlight(code, language) == (((code[:-1], (Tone.CODE,)),),)
