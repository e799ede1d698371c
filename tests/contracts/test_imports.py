"""What must never load what, seen at run time, and how large a file may grow (the conventions of the project)."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_SOURCES = sorted(path for folder in ("backend", "tui") for path in (_ROOT / folder).rglob("*.py"))
_FILE_LINES = 300
_FUNCTION_LINES = 50
_BAD_NAMES = {"utils", "helpers", "common", "misc", "manager"}
_SCREEN = ("textual", "rich", "prompt_toolkit")


def loaded_by(program: str) -> set[str]:
    """Names of the modules that a fresh interpreter has loaded after `program`."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{program}\nprint('\\n'.join(sys.modules), file=sys.stderr)"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stderr.splitlines())


@pytest.mark.parametrize("module", ["backend.client", "backend.app"])
def test_the_backend_never_loads_the_screen(module: str) -> None:
    assert loaded_by(f"import {module}").isdisjoint(_SCREEN)


def test_the_daemon_loads_no_library_that_it_may_never_need() -> None:
    engines = {"xllamacpp", "numpy", "gguf", "safetensors"}
    at_times = {"rapidfuzz", "llguidance", "PIL", "pynvml", "cryptography"}
    assert loaded_by("import backend.app").isdisjoint(engines | at_times)


def test_the_version_loads_nothing_heavy() -> None:
    modules = loaded_by("import tui.__main__\nassert tui.__main__.main(['--version']) == 0")
    assert modules.isdisjoint({*_SCREEN, "aiohttp", "msgspec", "asyncio"})


def test_the_help_loads_no_command() -> None:
    modules = loaded_by("import tui.__main__\nassert tui.__main__.main(['--help']) == 0")
    assert not [name for name in modules if name.startswith("tui.commands")]


def test_a_command_loads_neither_the_screen_nor_another_command() -> None:
    modules = loaded_by("import tui.__main__\nassert tui.__main__.main(['list', '--help']) == 0")
    assert modules.isdisjoint({*_SCREEN, "tui.commands.run"})


def test_telling_of_every_command_loads_nothing_heavy() -> None:
    modules = loaded_by(
        "import tui.__main__ as main\nassert all(main.main([name, '--help']) == 0 for name in main.COMMANDS)"
    )
    assert "tui.commands.attach" in modules
    assert modules.isdisjoint({*_SCREEN, "aiohttp", "orjson", "psutil", "xllamacpp", "cryptography"})


def test_what_a_shell_asks_for_loads_nothing_heavy() -> None:
    modules = loaded_by(
        "import os\nos.environ |= {'_PUNA_COMPLETE': 'bash_complete', 'COMP_LINE': 'puna show t'}\n"
        "import tui.__main__\nassert tui.__main__.main() == 0"
    )
    assert "tui.commands.show" in modules
    assert modules.isdisjoint({*_SCREEN, "aiohttp", "orjson", "psutil"})


@pytest.mark.parametrize("path", _SOURCES, ids=lambda path: str(path.relative_to(_ROOT)))
def test_a_file_can_be_held_in_the_head(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= _FILE_LINES
    long = [
        f"{node.name} in line {node.lineno} has {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= _FUNCTION_LINES
    ]
    assert not long
    assert path.stem not in _BAD_NAMES
