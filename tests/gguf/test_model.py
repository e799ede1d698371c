from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.gguf import GGUF
from backend.gguf.model import parameter_size

if TYPE_CHECKING:
    from backend.gguf import Value


def gguf(**metadata: Value) -> GGUF:
    keys = {key.replace("__", "."): value for key, value in metadata.items()}
    return GGUF(3, {"general.architecture": "x", **keys}, (), 0, 0)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0"),
        (999, "999"),
        (12_345, "12K"),
        (134_515_008, "134.52M"),
        (268_098_176, "268.10M"),
        (7_000_000, "7M"),
        (8_030_261_248, "8.0B"),
        (8_000_000_000, "8B"),
        (70_553_706_496, "70.6B"),
    ],
)
def test_parameter_size_is_written_as_ollama_does(count: int, expected: str) -> None:
    assert parameter_size(count) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "unknown"),
        (1, "F16"),
        (3, "Q4_1"),
        (15, "Q4_K_M"),
        (27, "IQ3_M"),
        (32, "BF16"),
        (38, "MXFP4_MOE"),
        (5, "unknown"),
    ],
)
def test_file_type_names(number: int, expected: str) -> None:
    assert gguf(general__file_type=number).file_type == expected


def test_figures_per_layer_count_with_their_greatest() -> None:
    model = gguf(x__attention__head_count=[8, 8], x__attention__head_count_kv=[0, 4, 0], x__embedding_length=512)
    assert model.head_count_kv == 4
    assert model.key_length == model.value_length == 64


def test_head_figures_have_the_defaults_of_llama_cpp() -> None:
    model = gguf(x__attention__head_count=8, x__attention__key_length=128, x__embedding_length=512)
    assert model.head_count_kv == 8
    assert (model.key_length, model.value_length) == (128, 64)


def test_what_is_missing_or_of_a_wrong_type_is_zero_or_empty() -> None:
    model = gguf(x__context_length="8192", x__block_count=True, tokenizer__chat_template=5)
    assert (model.context_length, model.block_count, model.chat_template, model.key_length) == (0, 0, "", 0)
    assert model.file_type == "unknown"
    assert GGUF(3, {}, (), 0, 0).architecture == ""


def test_pooling_type_zero_differs_from_none() -> None:
    assert gguf(x__pooling_type=0).pooling_type == 0
    assert gguf().pooling_type is None
