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

if TYPE_CHECKING:
    from backend.settings import Settings

pytestmark = pytest.mark.bench

RUNS = 9
MIB = 1 << 20


@pytest.mark.parametrize(("command", "budget_ms"), [("--version", 150), ("list", 300)])
def test_commands_are_light(
    command: str, budget_ms: float, backend_process: Settings, backend_environment: dict[str, str]
) -> None:
    add_model(backend_process, "tiny")
    used = [_cpu_ms([sys.executable, "-m", "tui", command], backend_environment) for _ in range(RUNS)]
    sys.stdout.write("\n" + row(f"puna {command}", used, "ms CPU") + "\n")
    assert median(used) <= budget_ms


def test_an_idle_backend_is_small(backend_process: Settings, backend_environment: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-m", "tui", "list"], env=backend_environment, check=True, capture_output=True)
    daemons = [child for child in psutil.Process().children() if "tests.fakes.backend" in child.cmdline()]
    resident = [daemon.memory_info().rss / MIB for daemon in daemons]
    sys.stdout.write("\n" + row("idle backend", resident, "MiB") + "\n")
    assert resident[0] <= 80


def _cpu_ms(command: list[str], environment: dict[str, str]) -> float:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return (usage.ru_utime + usage.ru_stime) * 1e3
