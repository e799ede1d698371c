from __future__ import annotations

import tempfile
from pathlib import Path

from backend.engine.local import LocalEngine


async def test_folders_of_killed_backends_are_removed_and_nothing_else() -> None:
    place = Path(tempfile.gettempdir())
    orphan = place / "puna-4000000-orphan"  # beyond every system's largest process id
    strange = [place / "puna-99999999999999999999-x", place / "puna-x-y"]
    for folder in (orphan, *strange):
        folder.mkdir(exist_ok=True)
    async with LocalEngine(1.0) as engine, LocalEngine(1.0) as other:
        assert not orphan.exists()
        assert strange[1].exists()
        assert engine.folder.exists()
        assert other.folder.exists()
    for folder in strange:
        if folder.exists():
            folder.rmdir()


async def test_the_node_tells_its_memory() -> None:
    async with LocalEngine(1.0) as engine:
        (node,) = await engine.nodes()
        assert 0 < node.memory_available <= node.memory_total
