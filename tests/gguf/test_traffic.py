from __future__ import annotations

from backend.gguf import GGUF, Tensor
from backend.gguf.traffic import bytes_per_token


def model(metadata: dict[str, int] | None = None, **sizes: int) -> GGUF:
    """A model with tensors of so many bytes; `__` stands for a dot in their names."""
    tensors = tuple(Tensor(name.replace("__", "."), "F32", (1,), 0, size) for name, size in sizes.items())
    keys = {f"x.{key}": value for key, value in (metadata or {}).items()}
    return GGUF(3, {"general.architecture": "x", **keys}, tensors, 0, 0)


def test_the_table_of_embeddings_counts_only_as_the_output_matrix() -> None:
    assert bytes_per_token(model(token_embd__weight=1000, blk__0__attn_q__weight=5, output__weight=70)) == 75
    assert bytes_per_token(model(token_embd__weight=1000, blk__0__attn_q__weight=5)) == 1005
    assert bytes_per_token(model(per_layer_token_embd__weight=1000, blk__0__attn_q__weight=5)) == 5


def test_older_formats_have_names_of_their_own() -> None:
    tensors = {"model/wte": 1000, "model/wpe": 100, "model/h0/attn/c_attn/w": 5}
    assert bytes_per_token(model(None, **tensors)) == 1005
    assert bytes_per_token(model(None, **tensors, **{"model/lm_head": 70})) == 75


def test_of_experts_those_count_that_a_token_is_sent_to() -> None:
    sizes = {"blk__0__ffn_up_exps__weight": 800, "blk__0__ffn_up_shexp__weight": 10, "blk__0__attn_q__weight": 5}
    assert bytes_per_token(model({"expert_count": 8, "expert_used_count": 2}, **sizes)) == 200 + 10 + 5
    assert bytes_per_token(model({"expert_count": 8}, **sizes)) == 815


def test_encoders_of_images_are_not_passed_by_text() -> None:
    assert bytes_per_token(model(v__blk__0__attn_q__weight=99, mm__0__weight=9, blk__0__attn_q__weight=5)) == 5
