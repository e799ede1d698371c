"""What is found of the engines: the user's llama-server, ctransformers, and those of the backend that answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.address import Address
from backend.settings import Settings
from backend.wire.workstation import EngineView
from tests.fakes.llama_server import VERSION, write_binary
from tui.doctor.engine import examine_ggml
from tui.doctor.finding import Level
from tui.doctor.llama_server import examine_engines, examine_llama_server

OWN = EngineView(name="llama-server", version="1.2", path="/opt/llama-server")
LLAMA = EngineView(name="llama.cpp", version="3.4", distribution="xllamacpp")


def test_a_binary_that_works_tells_its_version(tmp_path: Path) -> None:
    (found,) = examine_llama_server(write_binary(tmp_path))
    assert found.level is Level.OK
    assert f"version {VERSION}: it runs GGUF models" in found.text


def test_a_binary_that_cannot_be_used_is_a_problem(tmp_path: Path) -> None:
    (found,) = examine_llama_server(tmp_path / "nowhere")
    assert found.level is Level.PROBLEM
    assert "cannot be run: No such file" in found.text


def test_the_engine_of_ggml_files_is_there() -> None:
    (found,) = examine_ggml()
    assert found.level is Level.OK
    assert found.text.startswith("ctransformers 0.")


@pytest.mark.parametrize(
    ("path", "engines", "advised"),
    [
        (None, [LLAMA], False),
        ("/opt/llama-server", [LLAMA, OWN], False),
        ("/opt/other", [LLAMA, OWN], True),
        ("/opt/llama-server", [LLAMA], True),
        ("/opt/llama-server", [], False),
    ],
)
def test_a_backend_that_runs_without_the_binary_is_told(
    path: str | None, engines: list[EngineView], advised: bool
) -> None:
    settings = Settings(llama_server=None if path is None else Path(path))
    found = examine_engines(settings, engines)
    assert [one.level for one in found] == [Level.OK] * bool(engines) + [Level.ADVICE] * advised
    if engines:
        assert "llama.cpp 3.4" in found[0].text


def test_a_backend_elsewhere_has_a_binary_of_its_own() -> None:
    settings = Settings(llama_server=Path("/opt/llama-server"), address=Address(host="box.example"))
    assert len(examine_engines(settings, [LLAMA])) == 1
