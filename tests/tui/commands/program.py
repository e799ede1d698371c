"""The real program, run as a person would: `python -m tui` in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PUNA = (sys.executable, "-m", "tui")
DEADLINE_S = 60


def puna(
    *arguments: str, environment: Mapping[str, str], folder: Path | None = None, text: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end. `text` is what is piped into it; standard input is empty without."""
    return subprocess.run(
        [*PUNA, *arguments],
        input=text or "",
        capture_output=True,
        text=True,
        env=environment,
        cwd=folder,
        timeout=DEADLINE_S,
        check=False,
    )
