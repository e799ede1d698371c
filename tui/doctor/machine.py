"""Processor, memory and disk."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

import psutil

from tui.doctor.finding import Finding, Level
from tui.quantity import size

_GROUP = "Machine"
_GIGA = 10**9
_LITTLE_MEMORY, _LITTLE_DISK, _NO_DISK = 2 * _GIGA, 10 * _GIGA, _GIGA


def examine_machine(models: Path) -> list[Finding]:
    """What the models run on; `models` is the folder of the store."""
    memory = psutil.virtual_memory()
    return [
        processor(_cpu_flags(), platform.machine(), _cores()),
        working_memory(memory.total, memory.available),
        disk(models),
    ]


def processor(flags: frozenset[str], machine: str, cores: int) -> Finding:
    """The engine's wheel is built for AVX2 on x86-64."""
    what = f"{cores} cores, {machine}"
    if machine not in ("x86_64", "AMD64") or not flags:
        return Finding(_GROUP, "processor", Level.OK, what)
    if "avx2" not in flags:
        todo = "Build the engine from source on this machine: pip install --no-binary xllamacpp xllamacpp"
        return Finding(_GROUP, "processor", Level.PROBLEM, f"{what}, without AVX2, which the engine is built for", todo)
    known = [name for name in ("avx2", "fma", "f16c", "avx512f", "avx512_vnni", "amx_tile") if name in flags]
    return Finding(_GROUP, "processor", Level.OK, f"{what}, {' '.join(known)}")


def working_memory(total: int, available: int) -> Finding:
    """Models live in it."""
    text = f"{size(available)} of {size(total)} free"
    if available < _LITTLE_MEMORY:
        todo = "Unload models or close programs, or choose small models: those of 1B parameters need about 1 GB."
        return Finding(_GROUP, "memory", Level.ADVICE, text, todo)
    return Finding(_GROUP, "memory", Level.OK, text)


def disk(models: Path) -> Finding:
    """Where the store is, or will be."""
    place = next((folder for folder in (models, *models.parents) if folder.is_dir()), Path("/"))
    try:
        free = shutil.disk_usage(place).free
    except OSError as error:
        return Finding(_GROUP, "disk", Level.PROBLEM, f"{place} cannot be looked at: {error.strerror}", "Mount it.")
    text = f"{size(free)} free for models in {models}"
    todo = "Remove models (puna rm NAME), or set OLLAMA_MODELS to a folder on a larger disk."
    if free < _LITTLE_DISK:
        return Finding(_GROUP, "disk", Level.PROBLEM if free < _NO_DISK else Level.ADVICE, text, todo)
    if place == models and not os.access(models, os.W_OK):
        text = f"{models} cannot be written to by this user"
        return Finding(_GROUP, "disk", Level.PROBLEM, text, "Change its owner, or set OLLAMA_MODELS to another folder.")
    return Finding(_GROUP, "disk", Level.OK, text)


def _cores() -> int:
    """Those that this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cpu_flags(path: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return frozenset()
    flags = next((line.partition(":")[2] for line in lines if line.startswith("flags")), "")
    return frozenset(flags.split())
