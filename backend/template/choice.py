"""Which template makes a model's prompts (the specification's section G.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from backend.errors import BadTemplate
from backend.template.builtin import PARSERS, speaks_harmony
from backend.template.template import read

_TOOL_ROLE = re.compile(r"""['"](tool|tool_response|ipython)['"]""")
_SPLIT_THINKING = re.compile(r"split\(\s*['\"]</think>")


class Path(Enum):
    """`BUILTIN` is what a model's configuration names, or Harmony. An unknown parser is ignored (section G.9)."""

    BUILTIN = "builtin"
    GO = "go"
    JINJA = "jinja"


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a model brings: texts, empty where it has none."""

    go: str
    jinja: str
    family: str = ""
    renderer: str = ""
    parser: str = ""


def choose(candidates: Candidates, *, go_template: bool | None = None) -> Path:
    """`go_template` is `OLLAMA_GO_TEMPLATE`: true forces the Go template, false forbids it, `None` weighs both."""
    harmony = speaks_harmony(candidates.go, candidates.family, candidates.parser)
    if candidates.renderer or candidates.parser in PARSERS or harmony:
        return Path.BUILTIN
    if not candidates.go or go_template is False:
        return Path.JINJA
    if go_template or not candidates.jinja:
        return Path.GO
    return Path.JINJA if _jinja_is_richer(candidates.go, candidates.jinja) else Path.GO


def jinja_capabilities(template: str) -> frozenset[str]:
    """`tools` and `thinking`, as far as the text tells."""
    found = {"tools"} if "tools" in template or "tool_call" in template else set()
    if ("<think>" in template and "</think>" in template) or _SPLIT_THINKING.search(template):
        found.add("thinking")
    return frozenset(found)


def _jinja_is_richer(go: str, jinja: str) -> bool:
    try:
        template = read(go)
    except BadTemplate:
        return True
    theirs = jinja_capabilities(jinja)
    returns = "tool_calls" in jinja and _TOOL_ROLE.search(jinja) is not None
    if len(theirs) > len(template.capabilities):
        return returns or not template.has_tool_round_trip
    same = theirs == template.capabilities and "tools" in theirs
    return same and returns and not template.has_tool_round_trip
