"""Which build of the engine is installed, and the command that installs a better one for this machine."""

from __future__ import annotations

import mmap
import re
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui.doctor.finding import Finding, Level

if TYPE_CHECKING:
    from tui.doctor.gpus import Gpus

ENGINE: Final = "xllamacpp"
GGML_ENGINE: Final = "ctransformers"
_GROUP = "Engine"
# What a build for an accelerator has among its symbols; ROCm's has CUDA's too, and links AMD's library.
_MARKS = re.compile(rb"libamdhip64|ggml_backend_(?:cuda|vk|metal)_reg")
_BUILDS = {
    b"libamdhip64": "ROCm",
    b"ggml_backend_cuda_reg": "CUDA",
    b"ggml_backend_vk_reg": "Vulkan",
    b"ggml_backend_metal_reg": "Metal",
}
_COMMAND = re.compile(rf"pip install {ENGINE}\b[^\n`]*/whl/([a-z]+)-?([0-9.]*)")


@dataclass(frozen=True, slots=True)
class Wheel:
    """The installed engine. `commands` are those that its own description gives for other builds, by their kind:
    `cu128`, `rocm-7.2.4`, `vulkan`.
    """

    version: str
    build: str
    commands: dict[str, str]


def find_wheel() -> Wheel | None:
    """The engine's wheel as it is installed; `None` if it is not. Reads all of its library."""
    try:
        installed = metadata.distribution(ENGINE)
    except metadata.PackageNotFoundError:
        return None
    libraries = [Path(str(file.locate())) for file in installed.files or () if file.suffix in (".so", ".dylib", ".pyd")]
    marks = {mark for path in libraries for mark in _marks(path)}
    build = next((name for mark, name in _BUILDS.items() if mark in marks), "CPU")
    return Wheel(installed.version, build, commands(installed.read_text("METADATA") or ""))


def commands(description: str) -> dict[str, str]:
    """The commands of the engine's description that install other builds, with this Python's own pip."""
    found = {}
    for match in _COMMAND.finditer(description):
        kind = f"{match[1]}-{match[2]}" if "." in match[2] else match[1] + match[2]
        found[kind] = match[0].replace("pip", f"{sys.executable} -m pip", 1)
    return found


def examine_ggml() -> list[Finding]:
    """Whether the engine for GGML files is there."""
    try:
        version = metadata.version(GGML_ENGINE)
    except metadata.PackageNotFoundError:
        todo = f"{sys.executable} -m pip install {GGML_ENGINE}"
        return [Finding(_GROUP, GGML_ENGINE, Level.PROBLEM, "it is not installed: no GGML model runs", todo)]
    return [Finding(_GROUP, GGML_ENGINE, Level.OK, f"{GGML_ENGINE} {version}, for GGML files and old GGUF")]


def examine_engine(wheel: Wheel | None, gpus: Gpus) -> list[Finding]:
    """The GPUs, their driver, and whether the engine can use them."""
    found = [_gpu(gpus)]
    if wheel is None:
        todo = f"{sys.executable} -m pip install {ENGINE}"
        return [*found, Finding(_GROUP, "llama.cpp", Level.PROBLEM, f"{ENGINE} is not installed: no model runs", todo)]
    what = f"{ENGINE} {wheel.version}, built for {wheel.build}"
    better, kind = _better(wheel, gpus)
    if better:
        text = f"{what}; this machine's GPU is not used"
        return [*found, Finding(_GROUP, "llama.cpp", Level.ADVICE, text, f"for {kind}: {better}")]
    return [*found, Finding(_GROUP, "llama.cpp", Level.OK, what)]


def _gpu(gpus: Gpus) -> Finding:
    if gpus.names:
        text = f"{', '.join(gpus.names)}; driver {gpus.driver}, CUDA up to {gpus.cuda_text}"
        return Finding(_GROUP, "GPU", Level.OK, text)
    if "NVIDIA" in gpus.vendors:
        text = f"an NVIDIA card is there, but its driver does not answer: {gpus.error}"
        todo = "Install NVIDIA's driver, or load it: sudo modprobe nvidia; then nvidia-smi lists the card."
        return Finding(_GROUP, "GPU", Level.PROBLEM, text, todo)
    others = [vendor for vendor in gpus.vendors if vendor != "NVIDIA"]
    if others:
        return Finding(_GROUP, "GPU", Level.OK, f"a GPU of {' and '.join(others)}")
    return Finding(_GROUP, "GPU", Level.OK, "none: models run on the processor")


def _better(wheel: Wheel, gpus: Gpus) -> tuple[str, str]:
    """The command for a build that uses a GPU which the installed one leaves alone, and that build's name."""
    if wheel.build != "CPU":
        return "", ""
    if gpus.names:
        cuda = {_cuda(kind): kind for kind in wheel.commands if re.fullmatch(r"cu\d{3,}", kind)}
        usable = [version for version in cuda if version <= gpus.cuda]
        if usable:
            return wheel.commands[cuda[max(usable)]], f"CUDA {max(usable) // 1000}.{max(usable) % 1000 // 10}"
    if "AMD" in gpus.vendors and (
        rocm := sorted((kind for kind in wheel.commands if kind.startswith("rocm")), key=_order)
    ):
        return wheel.commands[rocm[-1]], rocm[-1].replace("rocm-", "ROCm ")
    if gpus.vendors or gpus.names:
        return wheel.commands.get("vulkan", ""), "Vulkan"
    return "", ""


def _cuda(kind: str) -> int:
    """`cu128` → 12080, as the driver counts."""
    return int(kind[2:-1]) * 1000 + int(kind[-1]) * 10


def _order(kind: str) -> list[int]:
    return [int(part) for part in kind.partition("-")[2].split(".") if part]


def _marks(path: Path) -> set[bytes]:
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            return {match[0] for match in _MARKS.finditer(view)}
    except (OSError, ValueError):
        return set()
