"""Writes small wheels: as much of one as pip needs to download it."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def write_wheel(
    folder: Path,
    members: Mapping[str, bytes],
    *,
    dist: str = "tiny_model",
    version: str = "1.0",
    compression: int = zipfile.ZIP_DEFLATED,
) -> Path:
    """A wheel for every platform with the files `members`, written to `folder`."""
    info = f"{dist}-{version}.dist-info"
    texts = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {dist}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{dist}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in {**members, **{name: text.encode() for name, text in texts.items()}}.items():
            archive.writestr(name, data)
    return path
