"""The programs that runners are, by engine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from backend.engine_choice import EngineName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    Commands = Mapping[EngineName, Sequence[str]]

_PYTHON = (sys.executable, "-P", "-m")
LLAMA_COMMAND: Final = (*_PYTHON, "backend.runner.llama")
GGML_COMMAND: Final = (*_PYTHON, "backend.runner.ggml")


def commands(server: Path | None) -> Commands:
    """What starts the runners of each engine that is there; `server` is the user's llama-server. Each reads a
    `RunnerOrder` line from standard input.
    """
    own = {} if server is None else {EngineName.LLAMA_SERVER: (*_PYTHON, "backend.runner.llama_server", str(server))}
    return {EngineName.LLAMA_CPP: LLAMA_COMMAND, EngineName.CTRANSFORMERS: GGML_COMMAND, **own}


def every(command: Sequence[str]) -> Commands:
    """One program in the place of every engine's."""
    return dict.fromkeys(EngineName, command)
