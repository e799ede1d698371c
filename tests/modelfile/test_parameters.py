"""Typed parameters of the specification's sections A.6 and F.1."""

from __future__ import annotations

import pytest

from backend.errors import BadModelfile
from backend.modelfile.parameters import parameters
from backend.modelfile.parser import parse

pytestmark = pytest.mark.section("F.1")


def test_values_have_the_types_of_their_options() -> None:
    result = parameters(
        parse(
            "FROM a\nPARAMETER num_ctx 4096\nPARAMETER seed -1\nPARAMETER temperature 1\nPARAMETER min_p .05\n"
            "PARAMETER use_mmap T\nPARAMETER stop x\nPARAMETER stop y\n"
        )
    )
    assert result.values == {
        "num_ctx": 4096,
        "seed": -1,
        "temperature": 1.0,
        "min_p": 0.05,
        "use_mmap": True,
        "stop": ["x", "y"],
    }
    assert isinstance(result.values["temperature"], float)
    assert result.warnings == ()


def test_the_last_value_wins() -> None:
    assert parameters(parse("FROM a\nPARAMETER top_k 1\nPARAMETER top_k 2")).values == {"top_k": 2}


def test_deprecated_parameters_are_left_out_with_a_warning() -> None:
    result = parameters(parse("FROM a\nPARAMETER mirostat 2\nPARAMETER top_k 1"))
    assert result.values == {"top_k": 1}
    assert result.warnings == ("warning: parameter mirostat is deprecated",)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("temprature 1", "unknown parameter 'temprature'"),
        ("num_ctx 4k", "invalid int value [4k]"),
        ("num_ctx 1.5", "invalid int value [1.5]"),
        ("num_ctx 9223372036854775808", "invalid int value [9223372036854775808]"),
        ("num_ctx 1_000", "invalid int value [1_000]"),
        ("temperature warm", "invalid float value [warm]"),
        ("temperature nan", "invalid float value [nan]"),
        ("temperature 1e999", "invalid float value [1e999]"),
        ("use_mmap yes", "invalid bool value [yes]"),
        ("engine vllm", "unknown engine 'vllm'; the engines are auto, llama.cpp, llama-server and ctransformers"),
    ],
)
def test_errors(line: str, message: str) -> None:
    with pytest.raises(BadModelfile) as caught:
        parameters(parse(f"FROM a\nPARAMETER {line}\n"))
    assert caught.value.message == message
