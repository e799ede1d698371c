"""Libraries through which many programs talk to Ollama: litellm, LangChain and llm. `pip install -e '.[clients]'`."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import MODEL, QUESTION
from tests.e2e.daemon import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.daemon import Daemon

pytestmark = [pytest.mark.real, pytest.mark.section("M.3", "M.4", "M.11", "M.16")]

MISSING = "needs what `pip install -e '.[clients]'` brings"


def run(*arguments: str, **variables: str) -> str:
    """What `python -m` prints with these arguments. Fails the test with what it said if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        env={**os.environ, "NO_PROXY": "*", **variables},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_litellm(real_daemon: Daemon) -> None:
    if find_spec("litellm") is None:
        pytest.skip(MISSING)
    run("tests.e2e.litellm_program", real_daemon.url, MODEL)


def test_langchain(real_daemon: Daemon) -> None:
    if find_spec("langchain_ollama") is None:
        pytest.skip(MISSING)
    run("tests.e2e.langchain_program", real_daemon.url, MODEL)


def test_llm(real_daemon: Daemon, tmp_path: Path) -> None:
    if find_spec("llm_ollama") is None:
        pytest.skip(MISSING)
    variables = {"OLLAMA_HOST": real_daemon.url, "LLM_USER_PATH": str(tmp_path)}
    model = f"ollama/{MODEL}:latest"
    assert model in run("llm", "models", **variables)
    ask = ("llm", "-m", model, "-o", "num_predict", "12", "-o", "temperature", "0", QUESTION)
    said = run(*ask, **variables)
    assert said.strip()
    assert run(*ask, "--no-stream", **variables) == said
