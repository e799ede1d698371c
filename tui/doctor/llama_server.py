"""The user's own llama-server, if `PUNA_LLAMA_SERVER` names one, and whether the backend uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.errors import SettingsError
from tui.doctor.finding import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from backend.settings import Settings
    from backend.wire.workstation import EngineView

_NAME = "llama-server"


def examine_llama_server(path: Path) -> list[Finding]:
    """Runs the binary for its version. It is the one that the settings name."""
    from backend.llama_server import examine

    try:
        found = examine(path)
    except SettingsError as error:
        return [Finding("Engine", _NAME, Level.PROBLEM, str(error))]
    return [Finding("Engine", _NAME, Level.OK, f"{path}, version {found.version}: it runs GGUF models")]


def silent(path: Path) -> Finding:
    """For a binary that does not answer in time."""
    return Finding("Engine", _NAME, Level.PROBLEM, f"{path} does not answer", f"Try it in a shell: {path} --version")


def examine_engines(settings: Settings, engines: Sequence[EngineView]) -> list[Finding]:
    """The engines that the backend which answers has, and whether they are those that the settings ask for."""
    if not engines:  # a backend of before they were told
        return []
    names = ", ".join(f"{engine.name} {engine.version}" for engine in engines)
    found = [Finding("Backend", "engines", Level.OK, names)]
    wanted = settings.llama_server
    if wanted is None or not settings.address.is_loopback or str(wanted) in {engine.path for engine in engines}:
        return found
    text = f"it was started without {wanted}, which PUNA_LLAMA_SERVER names"
    todo = "End the backend when nothing runs on it; the next puna starts one that uses it."
    return [*found, Finding("Backend", _NAME, Level.ADVICE, text, todo)]
