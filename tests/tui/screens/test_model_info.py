"""The facts of the model info."""

from __future__ import annotations

from backend.wire.ollama import Details, ShowResponse
from backend.wire.workstation import ModelEngineView
from tui.screens.model_info import facts

SHOWN = ShowResponse(
    details=Details(
        parent_model="", format="gguf", family="llama", families=None, parameter_size="1B", quantization_level="Q4_0"
    ),
    model_info={"general.architecture": "llama", "llama.context_length": 8192},
)


def test_the_engine_is_told_with_the_reason() -> None:
    engine = ModelEngineView(model="m", engine="llama.cpp", version="1.2", reason="reads GGUF files")
    told = dict(facts(SHOWN, engine))
    assert (told["engine"], told["because"]) == ("llama.cpp 1.2", "reads GGUF files")
    assert "engine" not in dict(facts(SHOWN))


def test_a_model_that_no_engine_runs_says_why() -> None:
    engine = ModelEngineView(model="m", engine="", version="", reason="no engine can\x1b[31m run it")
    told = dict(facts(SHOWN, engine))
    assert told["engine"] == "none"
    assert told["because"].startswith("no engine can")
    assert "\x1b" not in told["because"]
