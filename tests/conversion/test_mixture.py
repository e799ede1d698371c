"""Which type each tensor takes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from backend import gguf
from backend.conversion.mixture import ordered, plan
from tests.fakes.gguf_file import LLAMA, write_gguf
from tests.models import gemma3

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def chosen(
    path: Path, target: str, tensors: dict[str, Sequence[int]], metadata: dict[str, object] | None = None
) -> dict[str, str]:
    described = {**LLAMA, "llama.block_count": 16, **(metadata or {})}
    file = write_gguf(path / "m.gguf", described, {name: ("F16", shape) for name, shape in tensors.items()})
    header = gguf.read(file)
    return dict(zip((tensor.name for tensor in ordered(header)), plan(header, target), strict=True))


def layers(name: str, shape: Sequence[int] = (256, 4), count: int = 16) -> dict[str, Sequence[int]]:
    return {f"blk.{layer}.{name}": shape for layer in range(count)}


@pytest.mark.parametrize("name", ["attn_v.weight", "ffn_down.weight"])
def test_the_m_mixture_gives_more_bits_to_some_layers(tmp_path: Path, name: str) -> None:
    types = chosen(tmp_path, "Q4_K_M", layers(name))
    more = [layer for layer in range(16) if types[f"blk.{layer}.{name}"] == "Q6_K"]
    assert more == [0, 1, 4, 7, 10, 13, 14, 15]
    assert set(types.values()) == {"Q4_K", "Q6_K"}


@pytest.mark.parametrize(("name", "first"), [("attn_v.weight", 4), ("ffn_down.weight", 2), ("ffn_up.weight", 0)])
def test_the_s_mixture_gives_more_bits_to_the_first_layers(tmp_path: Path, name: str, first: int) -> None:
    types = chosen(tmp_path, "Q4_K_S", layers(name))
    assert [types[f"blk.{layer}.{name}"] for layer in range(16)] == ["Q5_K"] * first + ["Q4_K"] * (16 - first)


def test_the_output_takes_more_bits_and_stands_in_for_it_do_the_embeddings(tmp_path: Path) -> None:
    both: dict[str, Sequence[int]] = {"token_embd.weight": (256, 4), "output.weight": (256, 4)}
    assert chosen(tmp_path, "Q4_K_M", both) == {"output.weight": "Q6_K", "token_embd.weight": "Q4_K"}
    assert chosen(tmp_path, "Q4_K_S", {"token_embd.weight": (256, 4)}) == {"token_embd.weight": "Q6_K"}
    assert chosen(tmp_path, "Q8_0", both) == {"output.weight": "Q8_0", "token_embd.weight": "Q8_0"}
    assert chosen(tmp_path, "Q4_K_M", {"output.weight": (64, 4)}) == {"output.weight": "Q8_0"}


def test_rows_that_no_block_fills_take_another_type(tmp_path: Path) -> None:
    shapes: dict[str, Sequence[int]] = {"a.weight": (96, 4), "b.weight": (40, 4), "c.weight": (256, 4)}
    assert chosen(tmp_path, "Q4_K_M", shapes) == {"a.weight": "Q5_0", "b.weight": "F16", "c.weight": "Q4_K"}
    assert chosen(tmp_path, "Q8_0", {"a.weight": (40, 4)}) == {"a.weight": "F16"}


def test_what_is_small_or_delicate_stays(tmp_path: Path) -> None:
    shapes: dict[str, Sequence[int]] = {
        "blk.0.attn_norm.weight": (256,),
        "blk.0.attn_q.bias": (256, 4),
        "blk.0.attn_q_norm.weight": (256, 4),
        "blk.0.ffn_gate_inp.weight": (256, 4),
        "blk.0.ssm_conv1d.weight": (256, 4),
        "blk.0.thin.weight": (256, 1),
        "position_embd.weight": (256, 4),
    }
    assert set(chosen(tmp_path, "Q4_K_M", shapes).values()) == {"F16"}


def test_eight_experts_keep_their_attention(tmp_path: Path) -> None:
    experts: dict[str, Sequence[int]] = {
        **layers("ffn_down_exps.weight", (256, 4, 8)),
        **{f"blk.3.attn_{part}.weight": (256, 4) for part in ("k", "v", "q", "output")},
    }
    types = chosen(tmp_path, "Q4_K_M", experts, {"llama.expert_count": 8})
    assert [types[f"blk.3.attn_{part}.weight"] for part in ("k", "v", "q", "output")] == [
        "Q8_0",
        "Q8_0",
        "Q4_K",
        "Q5_K",
    ]
    assert Counter(types.values())["Q6_K"] == 8


@pytest.mark.slow
def test_a_real_model_was_quantised_by_the_same_rules() -> None:
    """Gemma 3 as `llama-quantize` left it: its types depend on names, shapes and metadata alone."""
    header = gguf.read(gemma3())
    assert header.file_type == "Q4_K_M"
    assert ordered(header) == list(header.tensors)
    assert plan(header, "Q4_K_M") == [tensor.type_name for tensor in header.tensors]
