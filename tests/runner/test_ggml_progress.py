"""The progress of a load, by what the system says this process has read."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from backend.runner.ggml_progress import progress

if TYPE_CHECKING:
    from pathlib import Path

_SIZE = 1 << 20


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts what a process reads")
def test_half_a_file_is_half_the_progress(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(bytes(_SIZE))
    with progress(_SIZE), path.open("rb") as file:
        file.read(_SIZE // 2)
    *_, last = capfdbinary.readouterr().out.splitlines()
    prefix = b"cmd_child_to_router:state:"
    assert last.startswith(prefix)
    assert json.loads(last.removeprefix(prefix))["payload"]["value"] == pytest.approx(0.5, abs=0.1)
