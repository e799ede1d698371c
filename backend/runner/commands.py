"""The programs that runners are, by engine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from backend.engine_choice import EngineName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Commands = Mapping[EngineName, Sequence[str]]

_PYTHON = (sys.executable, "-P", "-m")
LLAMA_COMMAND: Final = (*_PYTHON, "backend.runner.llama")
GGML_COMMAND: Final = (*_PYTHON, "backend.runner.ggml")


def commands() -> Commands:
    """What starts the runners of each engine that is there. Each reads a `RunnerOrder` line from standard input."""
    return {EngineName.LLAMA_CPP: LLAMA_COMMAND, EngineName.CTRANSFORMERS: GGML_COMMAND}


def every(command: Sequence[str]) -> Commands:
    """One program in the place of every engine's."""
    return dict.fromkeys(EngineName, command)
