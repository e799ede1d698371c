"""The user's own llama-server, which `PUNA_LLAMA_SERVER` names: what it is, and whether Puna can work with it."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

_ANSWER_S = 30.0  # a cold driver takes its time
_VERSION = re.compile(r"^version: ([ -~]{1,80}?)\s*$", re.MULTILINE)
_FLAG = re.compile(r"(?<![\w-])--?[a-z][a-z0-9-]*")
# Pieces of its help text without which it is too old, and what Puna needs them for.
_NEEDS = {
    r"--host\b[\s\S]{0,400}?\.sock": "listen on a unix socket",
    r"--flash-attn\b.{0,20}\[on\|off\|auto\]": "leave flash attention to itself (--flash-attn auto)",
    r"--no-webui(?![\w-])": "leave out its web page (--no-webui)",
    r"--parallel\b": "serve several requests at once (--parallel)",
}
_TELLS_SIZES = "4: trace"  # of --log-verbosity: the level at which it reports its buffer sizes
_SETTING = "PUNA_LLAMA_SERVER"


@dataclass(frozen=True, slots=True)
class LlamaServer:
    """A binary that can be used. `version` in its own words: `0.26.0 (build 11434, commit 1a2b3c)`."""

    path: Path
    version: str


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a binary says of itself when it is asked for help: the `flags` that it knows, and whether it has the level
    of its log at which it tells the sizes of its buffers.
    """

    flags: frozenset[str]
    tells_sizes: bool


def examine(path: Path) -> LlamaServer:
    """Runs the binary twice, for its version and its help. Raises `SettingsError`, which says what to do, for one that
    is missing, cannot be run, is no llama-server, or is too old.
    """
    version = _VERSION.search(ask(path, "--version"))
    if version is None:
        raise SettingsError(
            f"{_SETTING} names {path}, which is no llama-server: it tells no version; name llama.cpp's llama-server"
        )
    text = ask(path, "--help")
    missing = [purpose for need, purpose in _NEEDS.items() if not re.search(need, text)]
    if missing:
        raise SettingsError(
            f"the llama-server that {_SETTING} names, {path}, is too old (version {version[1]}): it cannot "
            f"{', '.join(missing)}; install a newer one, or unset {_SETTING} to use Puna's own engine"
        )
    return LlamaServer(path, version[1])


def abilities(path: Path) -> Abilities:
    """What the binary can do. Raises `SettingsError` if it cannot be run."""
    text = ask(path, "--help")
    return Abilities(frozenset(_FLAG.findall(text)), _TELLS_SIZES in text)


def ask(path: Path, question: str) -> str:
    """What the binary says to a flag that makes it answer and end, on both its outputs. Raises `SettingsError`."""
    try:
        done = subprocess.run(  # noqa: S603 # the program that the user named for this
            (path, question), stdin=subprocess.DEVNULL, capture_output=True, timeout=_ANSWER_S, check=False
        )
    except OSError as error:
        raise SettingsError(
            f"{_SETTING} names {path}, which cannot be run: {error.strerror}; give the path of an executable "
            "llama-server"
        ) from error
    except subprocess.TimeoutExpired:
        raise SettingsError(
            f"{_SETTING} names {path}, which did not answer {question} within {_ANSWER_S:.0f} s"
        ) from None
    return (done.stdout + b"\n" + done.stderr).decode("utf-8", "replace")
