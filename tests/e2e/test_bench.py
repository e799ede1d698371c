"""`puna bench` against the timings that llama.cpp's own server gives for the very same requests."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import MODEL
from tests.tui.commands.program import puna

if TYPE_CHECKING:
    from tests.e2e.daemon import Daemon

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

_AGREEMENT = 0.10


def test_its_figures_agree_with_those_of_the_engine(real_daemon: Daemon) -> None:
    environment = {**os.environ, **real_daemon.variables}
    done = puna(
        *("bench", MODEL, "--prompt", "128", "--predict", "32", "--rounds", "2", "--json"), environment=environment
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    (level,) = said["levels"]
    assert level["prompt_tokens"] == pytest.approx(128, rel=0.15)
    for rate in ("prefill", "decode"):
        assert level[rate]["median"] == pytest.approx(level[f"engine_{rate}"]["median"], rel=_AGREEMENT), rate
    assert level["limit"] > 0
    assert said["limit"]["weights"] == pytest.approx(97e6, rel=0.01)
