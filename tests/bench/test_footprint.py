"""CPU-seconds of the commands and the memory of an idle backend."""

from __future__ import annotations

import os
import subprocess
import sys
from statistics import median
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.bench.figures import row
from tests.fakes.backend import add_model
from tui.__main__ import COMMANDS

if TYPE_CHECKING:
    from pathlib import Path

    from backend.settings import Settings

pytestmark = pytest.mark.bench

RUNS = 5
MIB = 1 << 20
TOLD_MS, DONE_MS = 150, 300  # the budgets of what is told without a backend, and of what one is asked for
# The app, `run`, `serve` and `bench` work for longer; `doctor` tries everything out.
LONG = {"run", "serve", "bench", "doctor"}
COMMANDS_RUN = {
    "list": "list",
    "ps": "ps",
    "show": "show tiny",
    "cp": "cp tiny other",
    "rm": "rm gone",
    "stop": "stop tiny",
    "pull": "pull 127.0.0.1:1/a/b",
    "push": "push gone",
    "create": "create made",
    "verify": "verify tiny",
    "top": "top --once",
    "sessions": "sessions",
    "search": "search word",
    "attach": "attach 0",
    "keys": "keys list",
}


def test_what_is_told_of_commands_is_light(backend_process: Settings, backend_environment: dict[str, str]) -> None:
    figures = {}
    for words in ("--version", "--help", "completion bash", *(f"help {name}" for name in COMMANDS)):
        figures[words] = _measured(words, backend_environment)
    shell = {**backend_environment, "_PUNA_COMPLETE": "bash_complete", "COMP_LINE": "puna show t"}
    figures["(a shell asks for models)"] = _measured("", shell)
    assert {words: used for words, used in figures.items() if used > TOLD_MS} == {}


def test_commands_are_light(
    backend_process: Settings, backend_environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_model(backend_process, "tiny")
    (tmp_path / "Modelfile").write_text("FROM tiny\n")
    monkeypatch.chdir(tmp_path)  # where `create` looks
    figures = {words: _measured(words, backend_environment) for words in COMMANDS_RUN.values()}
    assert {words: used for words, used in figures.items() if used > DONE_MS} == {}


def test_every_command_has_its_budget() -> None:
    told = {"completion", "help"}
    assert set(COMMANDS) == LONG | told | set(COMMANDS_RUN)


def _measured(words: str, environment: dict[str, str]) -> float:
    """The median of the milliseconds of CPU that `puna WORDS` takes."""
    used = [_cpu_ms([sys.executable, "-m", "tui", *words.split()], environment) for _ in range(RUNS)]
    sys.stdout.write("\n" + row(f"puna {words}", used, "ms CPU"))
    return median(used)


def test_an_idle_backend_is_small(backend_process: Settings, backend_environment: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-m", "tui", "list"], env=backend_environment, check=True, capture_output=True)
    daemons = [child for child in psutil.Process().children() if "tests.fakes.backend" in child.cmdline()]
    resident = [daemon.memory_info().rss / MIB for daemon in daemons]
    sys.stdout.write("\n" + row("idle backend", resident, "MiB") + "\n")
    assert resident[0] <= 80


def _cpu_ms(command: list[str], environment: dict[str, str]) -> float:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in {0, 1}  # what is asked for may not be there; that costs as much
    return (usage.ru_utime + usage.ru_stime) * 1e3
