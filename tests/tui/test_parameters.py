from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.wire.ollama import Details, ShowResponse
from tui.parameter_specs import APART, BY_KEY, SPECS, Kind
from tui.parameter_values import model_values, stepped
from tui.parameters import Parameters, Source

if TYPE_CHECKING:
    from pathlib import Path

DETAILS = Details(
    parent_model="", format="gguf", family="llama", families=None, parameter_size="1B", quantization_level="Q4_0"
)


def shown(parameters: str = "", **fields: object) -> ShowResponse:
    return ShowResponse(details=DETAILS, model_info={}, parameters=parameters, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("temperature", "0.7", 0.7),
        ("temperature", "1", 1.0),
        ("top_k", " 20 ", 20),
        ("num_ctx", "8,192", 8192),
        ("seed", "-1", -1),
        ("stop", "</s>\n\\n\\nUser:", ("</s>", "\n\nUser:")),
        ("stop", "a\\\\n", ("a\\n",)),
        ("system", "Be brief.\nBe kind.", "Be brief.\nBe kind."),
        ("keep_alive", "1h30m", "1h30m"),
        ("keep_alive", "-1", "-1"),
        ("think", "off", False),
        ("engine", "CTransformers", "ctransformers"),
        ("engine", "auto", "auto"),
    ],
)
def test_what_is_typed_becomes_a_value(key: str, text: str, value: object) -> None:
    parameters = Parameters(can_think=True)
    parameters.set(key, text)
    assert parameters.own[key] == value


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("temperature", "hot", "number from 0 to 5"),
        ("temperature", "6", "number from 0 to 5"),
        ("temperature", "nan", "number from 0 to 5"),
        ("top_p", "1.1", "from 0 to 1"),
        ("top_k", "1.5", "whole number"),
        ("seed", "-2", "from -1"),
        ("num_ctx", "3", "from 4"),
        ("keep_alive", "10", "5m"),
        ("keep_alive", "soon", "5m"),
        ("think", "maybe", "on or off"),
        ("engine", "vllm", "auto, llama.cpp, llama-server or ctransformers"),
        ("stop", "\n".join("abcdefgh" * 9), "at most 64"),
    ],
)
def test_what_is_out_of_range_is_refused_and_changes_nothing(key: str, text: str, message: str) -> None:
    parameters = Parameters(can_think=True)
    with pytest.raises(ValueError, match=message):
        parameters.set(key, text)
    assert not parameters.own


def test_context_beyond_the_training_is_refused() -> None:
    parameters = Parameters()
    info = {"general.architecture": "llama", "llama.context_length": 8192}
    parameters.use_model(ShowResponse(details=DETAILS, model_info=info))
    with pytest.raises(ValueError, match="8,192"):
        parameters.set("num_ctx", "16384")
    parameters.set("num_ctx", "8192")


def test_a_value_says_where_it_comes_from() -> None:
    parameters = Parameters(keep_alive="10m")
    assert (parameters.row("temperature").value, parameters.row("temperature").source) == ("0.8", Source.DEFAULT)
    assert parameters.row("keep_alive").value == "10m"
    parameters.use_model(shown("temperature                    0.2"))
    assert (parameters.row("temperature").value, parameters.row("temperature").source) == ("0.2", Source.MODEL)
    parameters.set("temperature", "0.5")
    assert (parameters.row("temperature").value, parameters.row("temperature").source) == ("0.5", Source.OWN)
    assert parameters.reset("temperature")
    assert parameters.row("temperature").source is Source.MODEL
    assert not parameters.reset("temperature")


def test_the_models_parameters_are_read_from_its_description() -> None:
    parameters = Parameters()
    lines = 'stop                           "<|im_end|>"\nstop "a\\nb"\ntop_k 3\nmirostat 1\nseed x'
    parameters.use_model(shown(lines, system="You are small."))
    assert parameters.model == {"stop": ("<|im_end|>", "a\nb"), "top_k": 3, "system": "You are small."}
    assert parameters.text("stop") == "<|im_end|>\na\\nb"


def test_only_own_values_are_sent() -> None:
    parameters = Parameters(model={"temperature": 0.2})
    for key, text in (("top_k", "5"), ("stop", "x"), ("system", "Short."), ("keep_alive", "-1"), ("num_ctx", "2048")):
        parameters.set(key, text)
    assert parameters.options() == {"top_k": 5, "stop": ["x"], "num_ctx": 2048}
    assert parameters.system == "Short."
    assert parameters.own_keep_alive == -1.0


def test_a_duration_is_sent_as_it_was_written() -> None:
    parameters = Parameters()
    parameters.set("keep_alive", "1h")
    assert parameters.own_keep_alive == "1h"


def test_thinking_is_offered_and_sent_only_where_the_model_can() -> None:
    parameters = Parameters()
    assert "think" not in [spec.key for spec in parameters.specs()]
    parameters.use_model(shown(capabilities=["completion", "thinking"]))
    parameters.set("think", "off")
    assert parameters.think is False
    parameters.use_model(shown(capabilities=["completion"]))
    assert parameters.think is None


def test_every_spec_explains_itself() -> None:
    for spec in SPECS:
        assert spec.about.endswith(".")
        assert spec.allowed


def test_empty_text_is_no_value() -> None:
    parameters = Parameters()
    parameters.set("system", "x")
    parameters.set("system", "")
    assert "system" not in parameters.own


def test_a_value_of_a_preset_or_a_chat_says_so() -> None:
    parameters = Parameters(own={"keep_alive": "1h"})
    parameters.use_chat({"top_k": 5, "seed": 1})
    assert parameters.own == {"keep_alive": "1h", "top_k": 5, "seed": 1}
    assert parameters.row("top_k").source is Source.CHAT
    parameters.set("seed", "2")
    assert parameters.row("seed").source is Source.OWN
    parameters.use_preset("warm", {"temperature": 1.5})
    assert parameters.own == {"temperature": 1.5}
    assert (parameters.row("temperature").source, parameters.row("temperature").origin) == (Source.PRESET, "warm")
    parameters.reset("temperature")
    assert parameters.row("temperature").source is Source.DEFAULT


@pytest.mark.parametrize(
    ("key", "steps", "value"),
    [
        ("temperature", 1, 0.9),
        ("temperature", -20, 0.0),
        ("min_p", 3, 0.03),
        ("top_k", -1, 35),
        ("seed", -1, -1),
        ("num_ctx", 1, 5120),
        ("num_ctx", 100, 8192),
        ("num_gpu", -2, -1),
        ("use_mmap", 1, True),
        ("think", -1, False),
    ],
)
def test_steps_stay_within_what_is_allowed(key: str, steps: int, value: object) -> None:
    parameters = Parameters(can_think=True, trained_context=8192)
    parameters.step(key, steps)
    assert parameters.own == {key: value}


def test_levels_of_thinking_are_taken_where_the_model_knows_them() -> None:
    parameters = Parameters()
    parameters.use_model(shown(capabilities=["thinking"]))
    with pytest.raises(ValueError, match="knows no levels"):
        parameters.set("think", "high")
    parameters.use_model(shown(capabilities=["thinking"], template="{{ .ThinkLevel }}"))
    parameters.set("think", "High")
    assert parameters.think == "high"
    parameters.step("think", 1)
    assert parameters.think == "max"
    parameters.step("think", -4)
    assert parameters.own == {"think": False}


def test_a_format_is_json_or_a_schema_of_a_file(tmp_path: Path) -> None:
    parameters = Parameters()
    parameters.set("format", "json")
    formats = [parameters.format]
    schema = tmp_path / "schema.json"
    schema.write_text('{"type": "object"}')
    parameters.set("format", str(schema))
    formats.append(parameters.format)
    assert formats == ["json", {"type": "object"}]
    assert parameters.options() == {}
    for text, message in (("yaml", "No such file"), ("{", "not valid JSON"), (str(tmp_path), "Is a directory")):
        with pytest.raises(ValueError, match=message):
            parameters.set("format", text)
    schema.write_text("[]")
    with pytest.raises(ValueError, match=r"begins with \{"):
        parameters.set("format", str(schema))
    assert parameters.format == {"type": "object"}


def test_engines_are_stepped_through() -> None:
    spec = BY_KEY["engine"]
    assert [stepped(spec, None, steps, 0) for steps in (-1, 0, 1, 2, 9)] == [
        *("auto", "auto", "llama.cpp", "llama-server", "ctransformers")
    ]
    assert stepped(spec, "ctransformers", -1, 0) == "llama-server"


def test_a_models_own_engine_is_known() -> None:
    assert model_values(shown('engine                         "ctransformers"'))["engine"] == "ctransformers"


def test_what_may_be_sent_is_what_the_backend_reads() -> None:
    from backend.inference.options import resolve

    for spec in SPECS:
        if spec.key not in APART and spec.kind in (Kind.FLOAT, Kind.INT):
            for value in (spec.low, spec.high):
                resolve({}, {spec.key: value}, shift=None)
