"""The official JavaScript client of Ollama does with this backend what it does with its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import MODEL
from tests.fakes.gguf_file import gguf_bytes
from tests.fakes.observed import is_idle, until
from tests.fakes.registry import registry

if TYPE_CHECKING:
    from backend.client import Client
    from tests.e2e.daemon import Daemon

pytestmark = [pytest.mark.real, pytest.mark.section("M.17", "M.21", "M.24")]

PACKAGE = "ollama@0.6.4"
PROGRAM = Path(__file__).with_name("ollama_program.mjs")
_INSTALL_S = 60
_RUN_S = 100


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program in a folder with the package. Skips where Node.js or the package cannot be had."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("Node.js is not installed: apt-get install nodejs npm")
    folder = tmp_path_factory.mktemp("npm")
    command = [npm, "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", PACKAGE]
    environment = {**os.environ, "npm_config_cache": str(folder / "cache"), "npm_config_fetch_retries": "1"}
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_INSTALL_S
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm does not get {PACKAGE} within {_INSTALL_S} s")
    if done.returncode:
        pytest.skip(f"npm cannot install {PACKAGE}: {done.stderr.strip()[-300:]}")
    return Path(shutil.copy(PROGRAM, folder))


async def test_the_javascript_client(program: Path, real_daemon: Daemon, real: Client) -> None:
    """It also leaves nothing running behind a stream that it aborted."""
    async with registry() as source:
        source.add("a/b", gguf_bytes())
        process = await asyncio.create_subprocess_exec(
            *("node", str(program), real_daemon.url, MODEL, f"{source.url}/a/b"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), _RUN_S)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert process.returncode == 0, said.decode()
    await until(real, is_idle)
