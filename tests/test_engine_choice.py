from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from backend.engine_choice import Choice, EngineName, Fitness, choose, of_ggml, of_gguf
from backend.errors import BadRequest
from backend.gguf import GGUF, Tensor

if TYPE_CHECKING:
    from backend.gguf.model import Value

GGUF_FILE = Fitness("", "of GGUF files ctransformers runs only llama and falcon models")
GGML_FILE = of_ggml()
EITHER = Fitness("", "")
SPM: dict[str, Value] = {
    "general.architecture": "llama",
    "tokenizer.ggml.model": "llama",
    "tokenizer.ggml.scores": [0.0],
}
OLD = GGUF(1, dict(SPM), (Tensor("output.weight", "Q4_0", (32, 2), 0, 36),), 0, 64)


@pytest.mark.parametrize(
    ("fitness", "own_server", "engine"),
    [
        (GGUF_FILE, False, EngineName.LLAMA_CPP),
        (GGUF_FILE, True, EngineName.LLAMA_SERVER),
        (GGML_FILE, False, EngineName.CTRANSFORMERS),
        (GGML_FILE, True, EngineName.CTRANSFORMERS),
        (EITHER, False, EngineName.LLAMA_CPP),
        (of_gguf(OLD), True, EngineName.CTRANSFORMERS),
    ],
)
def test_the_file_decides(fitness: Fitness, own_server: bool, engine: EngineName) -> None:
    chosen = choose(fitness, own_server=own_server)
    assert chosen.engine is engine
    assert chosen.reason


def test_the_model_can_force_an_engine() -> None:
    assert choose(EITHER, by_model="ctransformers", own_server=True) == Choice(
        EngineName.CTRANSFORMERS, "set by the model"
    )


def test_a_request_wins_over_the_model() -> None:
    chosen = choose(EITHER, by_model="ctransformers", by_request="llama.cpp", own_server=True)
    assert chosen == Choice(EngineName.LLAMA_CPP, "set by the request")
    assert choose(EITHER, by_model="ctransformers", by_request="auto", own_server=False).engine is EngineName.LLAMA_CPP


def test_an_unknown_engine_is_refused_with_the_names_of_all() -> None:
    with pytest.raises(BadRequest, match=r"'vllm'; the engines are auto, llama\.cpp, llama-server and ctransformers"):
        choose(EITHER, by_request="vllm", own_server=False)
    with pytest.raises(BadRequest, match="unknown engine"):
        choose(EITHER, by_model=["llama.cpp"], own_server=False)


def test_a_llama_server_that_nobody_named_is_refused() -> None:
    with pytest.raises(BadRequest, match="set PUNA_LLAMA_SERVER"):
        choose(EITHER, by_request="llama-server", own_server=False)


@pytest.mark.parametrize("engine", ["llama.cpp", "llama-server"])
def test_llama_cpp_cannot_be_forced_on_ggml(engine: str) -> None:
    with pytest.raises(BadRequest, match=f'engine "{engine}" cannot run this model: llama.cpp no longer reads GGML'):
        choose(GGML_FILE, by_model=engine, own_server=True)


def test_what_nobody_runs_is_refused_with_both_reasons() -> None:
    with pytest.raises(BadRequest, match=r"no engine can run this model: .*GGML.* takes no LoRA adapters"):
        choose(of_ggml(extras="LoRA adapters"), own_server=True)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"metadata": {**SPM, "general.architecture": "gemma3"}}, "'gemma3'"),
        ({"metadata": {**SPM, "tokenizer.ggml.model": "gpt2"}}, "SentencePiece"),
        ({"metadata": {key: value for key, value in SPM.items() if "scores" not in key}}, "scores"),
        ({"tensors": ()}, "output.weight"),
        ({"tensors": (Tensor("output.weight", "IQ2_S", (256, 1), 0, 82),)}, "IQ2_S"),
    ],
)
def test_of_gguf_ctransformers_runs_old_families_only(changed: dict[str, object], why: str) -> None:
    assert of_gguf(OLD).not_ctransformers == ""
    gguf = replace(OLD, **changed)  # type: ignore[arg-type] # fields of GGUF
    assert why in of_gguf(gguf).not_ctransformers
    assert "images" in of_gguf(OLD, extras="images").not_ctransformers
