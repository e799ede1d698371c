"""Which template wins: the specification's section G.4."""

from __future__ import annotations

import pytest

from backend.template.choice import Candidates, Path, choose

PLAIN = "{{ .Prompt }}"
TOOLS = "{{ .Tools }}{{ range .Messages }}{{ .Content }}{{ end }}"
ROUND = TOOLS + '{{ range .Messages }}{{ .ToolCalls }}{{ if eq .Role "tool" }}{{ end }}{{ end }}'
JINJA = "{% for m in messages %}{{ m.content }}{% endfor %}"
JINJA_TOOLS = JINJA + "{% if tools %}{% endif %}"
JINJA_ROUND = JINJA_TOOLS + "{% if m.tool_calls %}{% elif m.role == 'tool' %}{% endif %}"


@pytest.mark.parametrize(
    ("candidates", "path"),
    [
        (Candidates("", ""), Path.JINJA),
        (Candidates("", JINJA), Path.JINJA),
        (Candidates(PLAIN, ""), Path.GO),
        (Candidates(PLAIN, JINJA), Path.GO),
        (Candidates(PLAIN, JINJA_TOOLS), Path.JINJA),
        (Candidates(TOOLS, JINJA_TOOLS), Path.GO),
        (Candidates(TOOLS, JINJA_ROUND), Path.JINJA),
        (Candidates(ROUND, JINJA_ROUND), Path.GO),
        (Candidates(ROUND, JINJA_TOOLS + "<think></think>"), Path.GO),
        (Candidates(ROUND, JINJA_ROUND + "<think></think>"), Path.JINJA),
        (Candidates("{{ broken", JINJA), Path.JINJA),
        (Candidates("{{ broken", ""), Path.GO),
        (Candidates(PLAIN, JINJA, renderer="qwen3-coder"), Path.BUILTIN),
        (Candidates(PLAIN, JINJA, parser="qwen3"), Path.BUILTIN),
        (Candidates("<|start|><|end|>", JINJA, family="gptoss"), Path.BUILTIN),
        (Candidates(PLAIN, JINJA, family="gptoss"), Path.GO),
    ],
)
def test_the_richer_template_wins_and_go_where_both_are_alike(candidates: Candidates, path: Path) -> None:
    assert choose(candidates) is path


def test_the_setting_forces_or_forbids_the_go_template() -> None:
    assert choose(Candidates(PLAIN, JINJA_ROUND), go_template=True) is Path.GO
    assert choose(Candidates(PLAIN, ""), go_template=False) is Path.JINJA
    assert choose(Candidates("", JINJA), go_template=True) is Path.JINJA
