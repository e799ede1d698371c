"""Every section of the specification of Ollama's behaviour that other programs depend on has a case that names it."""

from __future__ import annotations

import ast
from pathlib import Path

_TESTS = Path(__file__).parents[1]
_PARTS = {"A": 13, "B": 8, "E": 4, "F": 3, "M": 25}  # sections and how many parts each has
_NEEDED = {"0", "C", "K"} | {f"{section}.{part + 1}" for section, parts in _PARTS.items() for part in range(parts)}


def test_every_section_has_its_cases() -> None:
    named = {name for path in _TESTS.rglob("test_*.py") for name in sections_of(ast.parse(path.read_bytes()))}
    assert _NEEDED - named == set()
    assert named - _NEEDED - {"B"} == set(), "no such section"


def sections_of(module: ast.Module) -> set[str]:
    """The arguments of all `pytest.mark.section(…)`."""
    return {
        ast.literal_eval(argument)
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.section"
        for argument in node.args
    }
