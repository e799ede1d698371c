"""The grammar of the specification's section F.1 and the writing of F.2."""

from __future__ import annotations

import codecs
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import BadModelfile
from backend.modelfile import parser
from backend.modelfile.parser import Command, Modelfile

pytestmark = pytest.mark.section("F.1")

COMMANDS = (
    'command must be one of "from", "license", "template", "system", "adapter", "draft", "renderer", "parser", '
    '"parameter", "message", or "requires"'
)


def commands(text: str) -> tuple[Command, ...]:
    return parser.parse(text).commands


def test_reads_a_usual_file() -> None:
    text = """# a comment
FROM llama3:8b
  parameter stop "<|end|>"
PARAMETER temperature 0.5

SYSTEM \"\"\"You are "Mario".
Answer as Mario.\"\"\"
MESSAGE user Hello there: friend
"""
    assert commands(text) == (
        Command("from", "llama3:8b"),
        Command("parameter", "<|end|>", "stop"),
        Command("parameter", "0.5", "temperature"),
        Command("system", 'You are "Mario".\nAnswer as Mario.'),
        Command("message", "Hello there: friend", "user"),
    )


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_every_line_end_separates_commands(end: str) -> None:
    assert commands(f"FROM a{end}{end}SYSTEM b{end}") == (Command("from", "a"), Command("system", "b"))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("plain words", "plain words"),
        ("  around  ", "around"),
        ("a # is literal", "a # is literal"),
        ("# is literal", "# is literal"),
        ('"quoted"', "quoted"),
        ('"  kept  "  ', "  kept  "),
        ('"two\nlines"', "two\nlines"),
        ('"say "yes" now"', 'say "yes" now'),
        ('"""a "b" c"""', 'a "b" c'),
        ('"""ends with a quote""""', 'ends with a quote"'),
        ('""""starts with one"""', '"starts with one'),
        ('""', ""),
        ('""""""', ""),
        ("", ""),
        ("'single'", "'single'"),
        (r"a\nb", r"a\nb"),
        ("tab\tinside", "tab\tinside"),
        ("bell\x07 and escape\x1b[0m", "bell and escape[0m"),
        ('half" quoted', 'half" quoted'),
    ],
)
def test_values(written: str, value: str) -> None:
    assert commands(f"FROM a\nSYSTEM {written}\nLICENSE b") == (
        Command("from", "a"),
        Command("system", value),
        Command("license", "b"),
    )


def test_value_may_end_with_the_file() -> None:
    assert commands('FROM a\nSYSTEM "b"') == (Command("from", "a"), Command("system", "b"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no FROM line"),
        ("# only a comment\n", "no FROM line"),
        ("SYSTEM x", "no FROM line"),
        ("FROM", "unexpected EOF"),
        ('FROM "a', "unexpected EOF"),
        ('FROM a\nSYSTEM """b"\n', "unexpected EOF"),
        ("FROM a\nPARAMETER", "unexpected EOF"),
        ("FROM a\nPARAMETER stop\n", "unexpected EOF"),
        ("FROM a\nPARAMETER num-ctx 1\n", "unexpected EOF"),
        ("FROM a\nMESSAGE user\n", "unexpected EOF"),
        ("FROM\n", f"(line 1): {COMMANDS}"),
        ("FROM a\n\nFORM b\n", f"(line 3): {COMMANDS}"),
        ("FROM a\r\n\r\nFORM b\r\n", f"(line 3): {COMMANDS}"),
        ("FROM a\nSYSTEM2 b", f"(line 2): {COMMANDS}"),
        ("FROM a\n{ b", f"(line 2): {COMMANDS}"),
        ("FROM a\nMESSAGE wizard hi", '(line 2): message role must be one of "system", "user", or "assistant"'),
    ],
)
def test_errors(text: str, message: str) -> None:
    with pytest.raises(BadModelfile) as caught:
        parser.parse(text)
    assert caught.value.message == message
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_byte_order_mark_selects_the_encoding(mark: bytes, encoding: str) -> None:
    text = "FROM a\nSYSTEM grüße 日本"
    assert parser.decode(mark + text.encode(encoding)) == text


def test_undecodable_bytes_are_replaced() -> None:
    assert parser.decode(b"FROM a\nSYSTEM \xff!") == "FROM a\nSYSTEM \N{REPLACEMENT CHARACTER}!"


@pytest.mark.section("F.2")
def test_format_quotes_only_where_needed() -> None:
    modelfile = Modelfile(
        (
            Command("from", "/models/a"),
            Command("template", "{{ .Prompt }}\n"),
            Command("system", 'say "yes"\n'),
            Command("parameter", "<|end|>", "stop"),
            Command("parameter", " x", "stop"),
            Command("message", "hi", "user"),
        )
    )
    assert parser.format(modelfile) == (
        "FROM /models/a\n"
        'TEMPLATE "{{ .Prompt }}\n"\n'
        'SYSTEM """say "yes"\n"""\n'
        "PARAMETER stop <|end|>\n"
        'PARAMETER stop " x"\n'
        "MESSAGE user hi\n"
    )


_PIECES = st.sampled_from(["a", "é", " ", "\t", "\n", "\r", '"', '"""', "#", ":", "FROM ", "\\", "\x00", "\u200d"])
_TEXTS = st.lists(_PIECES, max_size=12).map("".join)


@pytest.mark.section("F.2")
@given(values=st.lists(_TEXTS, min_size=1, max_size=4))
def test_formatting_what_was_parsed_parses_to_the_same(values: list[str]) -> None:
    text = "FROM a\n" + "\n".join(f"SYSTEM {value}" for value in values)
    try:
        parsed = parser.parse(text)
    except BadModelfile:
        return
    assert parser.parse(parser.format(parsed)) == parsed


@pytest.mark.section("F.2")
@given(
    st.lists(
        st.builds(
            Command,
            st.sampled_from(["from", "license", "template", "system", "adapter", "renderer", "requires"]),
            st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" ") | st.just("\n")).filter(
                lambda text: '"""\n' not in text and '""" ' not in text and not text.startswith(('"\n', '" '))
            ),
        )
        | st.builds(Command, st.just("parameter"), st.text("abc <|>\n"), st.sampled_from(["stop", "num_ctx"]))
        | st.builds(Command, st.just("message"), st.text('abc"\n'), st.sampled_from(parser.ROLES)).filter(
            lambda command: '"\n' not in command.value
        )
    )
)
def test_round_trip(given_commands: list[Command]) -> None:
    modelfile = Modelfile((Command("from", "a"), *given_commands))
    assert parser.parse(parser.format(modelfile)) == modelfile


@given(st.text())
def test_any_text_parses_or_is_refused(text: str) -> None:
    with contextlib.suppress(BadModelfile):
        parser.parse(text)
