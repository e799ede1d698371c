"""Templates from strangers: they end, and they end well (threats.md, "Templates")."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import BadRequest, BadTemplate
from backend.template.budget import Budget
from backend.template.evaluate import run
from backend.template.parser import parse
from backend.template.values import from_json

TODAY = datetime.date(2026, 1, 2)


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("{{ range 99999 }}{{ range 99999 }}x{{ end }}{{ end }}", "too much work"),
        ('{{ $x := "ab" }}{{ range 99 }}{{ $x = print $x $x }}{{ end }}', "too much text"),
        ('{{ $x := "<<" }}{{ range 99 }}{{ $x = html $x }}{{ $x = js $x $x }}{{ end }}', "too much text"),
        ('{{ $x := printf "%999999d" 1 }}{{ range 9999 }}{{ $x }}{{ end }}', "too much text"),
        ('{{ range 99999 }}{{ printf "%999999d%.999999f" 1 1.5 }}{{ end }}', "too much text"),
        ('{{ define "r" }}{{ template "r" . }}{{ end }}{{ template "r" . }}', "depth"),
        ("{{ if 1 }}" * 200 + "{{ end }}" * 200, "nested deeper"),
        ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "nested deeper"),
        ("{{ if 0 }}" + "{{ else if 0 }}" * 5000 + "{{ end }}", "nested deeper"),
        ('{{ $x := printf "%999999d" 1 }}{{ $y := print $x " " }}{{ range 99999 }}{{ eq $x $y }}{{ end }}', "too much"),
        ('{{ $x := print "é" (printf "%999999d" 1) }}{{ range 99999 }}{{ len $x }}{{ end }}', "too much work"),
    ],
)
def test_a_hostile_template_is_stopped(source: str, cause: str) -> None:
    with pytest.raises(BadTemplate, match=cause):
        run(parse(source), {}, TODAY)


def test_values_that_are_nested_too_deep_are_refused() -> None:
    value: Any = 1
    for _ in range(500):
        value = [value]
    with pytest.raises(BadRequest, match="deeper"):
        from_json(value)


_PIECES = [
    *(
        "{{",
        "}}",
        "{{-",
        "-}}",
        " ",
        "(",
        ")",
        "|",
        ".",
        ".A",
        ".L",
        ".M",
        ".M.k",
        "$",
        "$x",
        ":=",
        "=",
        ",",
        "1",
        "2.5",
    ),
    *("if", "else", "end", "range", "with", "define", "template", "block", "break", "continue", "nil", "true", '"t"'),
    *("print", "printf", '"%v%5d%q"', "len", "index", "slice", "eq", "lt", "and", "or", "not", "json", "html", "call"),
    *(
        "{{ if .A }}",
        "{{ range .L }}",
        "{{ range $i, $x := .L }}",
        "{{ end }}",
        "{{ else }}",
        "text",
        "`r`",
        "'c'",
        "\n",
    ),
    *("{{ range 9 }}", "{{ $x := print .A .A }}", '{{ define "t" }}', '{{ template "t" . }}', "é", "/*", "*/"),
]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("kAL"), inner, max_size=3),
    max_leaves=8,
)
_DATA = st.fixed_dictionaries({"A": _JSON, "L": _JSON, "M": _JSON})


def _runs(source: str, data: Any) -> None:
    budget = Budget(steps=2_000, characters=20_000)
    try:
        text = run(parse(source), from_json(data), TODAY, budget)
    except (BadRequest, BadTemplate):
        return
    assert len(text) <= 20_000
    text.encode()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=25).map(" ".join), _DATA)
def test_random_templates_never_hang_or_crash(source: str, data: Any) -> None:
    _runs(source, data)


_VALUE = st.sampled_from([".A", ".L", ".M", ".M.k", "$", ".", "1", "-2", "2.5", '"t%v"', "`r`", "nil", "true", "'c'"])
_CALL = st.builds(
    lambda name, values: f"({name} {' '.join(values)})",
    st.sampled_from(["print", "println", "len", "index", "slice", "eq", "ne", "lt", "and", "or", "not", "json", "js"])
    | st.sampled_from(["printf `%v%d%5.2f%-8q%x%c%U`", "printf `%*d`", "html", "urlquery", "toTypeScriptType", "call"]),
    st.lists(_VALUE, max_size=4),
)
_EXPRESSION = _VALUE | _CALL | st.builds("{} | {}".format, _CALL, st.sampled_from(["print", "len", "json", "html"]))
_BLOCK = st.recursive(
    st.builds("{{{{ {} }}}}".format, _EXPRESSION) | st.sampled_from(["text", "{{ break }}", "{{ $x }}", "\n"]),
    lambda inner: (
        st.builds("{{{{ if {} }}}}{}{{{{ else }}}}{}{{{{ end }}}}".format, _EXPRESSION, inner, inner)
        | st.builds("{{{{ range $i, $x := {} }}}}{}{{{{ else }}}}{}{{{{ end }}}}".format, _EXPRESSION, inner, inner)
        | st.builds("{{{{- with $x := {} -}}}}{}{}{{{{ end }}}}".format, _EXPRESSION, inner, inner)
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(_BLOCK, _DATA)
def test_random_well_formed_templates_never_hang_or_crash(source: str, data: Any) -> None:
    _runs(source, data)
