from __future__ import annotations

import subprocess
import sys

_AFTER_PAINT = """
import asyncio, gc, sys

gc.disable()  # as `puna` starts
from contextlib import asynccontextmanager
from backend.settings import Settings
from tui.app import PunaApp

@asynccontextmanager
async def connect(settings):
    await asyncio.Event().wait()
    yield

async def main():
    app = PunaApp(Settings(), connect)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        print(*sorted(sys.modules), gc.isenabled() and gc.get_freeze_count() > 10_000)

asyncio.run(main())
"""
_HEAVY = ("pygments", "rich.markdown", "markdown_it", "aiohttp", "xllamacpp", "ctransformers", "orjson", "psutil")


def test_nothing_heavy_is_loaded_before_the_first_paint() -> None:
    done = subprocess.run([sys.executable, "-c", _AFTER_PAINT], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "textual.app" in loaded
    assert not loaded & set(_HEAVY)
    assert "True" in loaded, "garbage is collected again"
