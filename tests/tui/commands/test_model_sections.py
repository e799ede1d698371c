"""The sections of `puna show`."""

from __future__ import annotations

import pytest

from backend.wire.ollama import Details, ShowResponse, TensorInfo
from backend.wire.workstation import ModelEngineView
from tui.commands.model_sections import count_text, section_lines


def details(parameter_size: str = "134.52M") -> Details:
    return Details(
        parent_model="",
        format="gguf",
        family="llama",
        families=["llama"],
        parameter_size=parameter_size,
        quantization_level="Q4_1",
    )


SMOLLM2 = ShowResponse(
    license="Apache License\n\n  Version 2.0\nThe rest",
    system="You are helpful.",
    parameters='stop                           "<|im_start|>"\ntemperature                    0.2\n',
    details=details(),
    model_info={"general.architecture": "llama", "llama.context_length": 8192, "llama.embedding_length": 576},
    capabilities=["completion", "tools"],
    tensors=[TensorInfo(name="output.weight", type="F16", shape=[576, 49152])],
)


def test_sections_are_titles_with_indented_rows() -> None:
    assert list(section_lines(SMOLLM2, verbose=False)) == [
        "  Model",
        "    architecture        llama",
        "    parameters          134.52M",
        "    context length      8192",
        "    embedding length    576",
        "    quantization        Q4_1",
        "",
        "  Capabilities",
        "    completion",
        "    tools",
        "",
        "  Parameters",
        '    stop           "<|im_start|>"',
        "    temperature    0.2",
        "",
        "  System",
        "    You are helpful.",
        "",
        "  License",
        "    Apache License",
        "    Version 2.0",
        "    ...",
        "",
    ]


def test_verbose_adds_metadata_and_tensors() -> None:
    lines = list(section_lines(SMOLLM2, verbose=True))
    assert "    llama.embedding_length    576" in lines
    assert "    output.weight    F16    [576, 49152]" in lines


def test_long_arrays_are_cut() -> None:
    info = ShowResponse(details=details(), model_info={"tokenizer.ggml.tokens": ["a", "b", "c", "d"]})
    assert "    tokenizer.ggml.tokens    [a, b, c, ...] (4 values)" in list(section_lines(info, verbose=True))


def test_without_metadata_the_details_are_shown() -> None:
    info = ShowResponse(details=details(), model_info={})
    assert "    architecture    llama" in list(section_lines(info, verbose=False))


def test_a_projector_has_its_own_section() -> None:
    projector = {
        "general.architecture": "clip",
        "general.parameter_count": 425_000_000,
        "clip.vision.embedding_length": 1152,
        "clip.vision.projection_dim": 2560,
    }
    info = ShowResponse(details=details(), model_info={}, projector_info=projector)
    assert list(section_lines(info, verbose=False))[-6:] == [
        "  Projector",
        "    architecture        clip",
        "    parameters          425M",
        "    embedding length    1152",
        "    dimensions          2560",
        "",
    ]


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, ""),
        (0, ""),
        ("many", ""),
        (999, "999"),
        (134_515_008, "134.52M"),
        (8_000_000_000, "8B"),
        (7_615_616_512, "7.6B"),
    ],
)
def test_counts(count: object, text: str) -> None:
    assert count_text(count) == text


def test_a_model_that_no_engine_runs_says_why() -> None:
    engine = ModelEngineView(model="m", engine="", version="", reason="no engine can run this model: it is odd")
    lines = list(section_lines(SMOLLM2, engine, verbose=False))
    start = lines.index("  Engine")
    assert lines[start + 1 : start + 3] == [
        "    name      none",
        "    reason    no engine can run this model: it is odd",
    ]
