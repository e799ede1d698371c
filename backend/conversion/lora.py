"""A LoRA adapter of safetensors files, as the library PEFT stores it, as a GGUF file."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING

from backend.conversion.checkpoint import Checkpoint
from backend.conversion.family import Family
from backend.conversion.output import Output, Part
from backend.conversion.safetensors import pieces
from backend.errors import BadRequest
from backend.gguf import writer
from backend.gguf.writer import PlannedTensor

if TYPE_CHECKING:
    from backend.conversion.order import ConvertAdapter

_NAME = re.compile(r"(?:base_model\.model\.)?(?P<name>.+)\.lora_(?P<side>[AB])(?:\.default)?\.weight")


def convert_adapter(order: ConvertAdapter, output: Output) -> None:
    """Writes the adapter for the base model that the order describes.

    Raises `BadRequest` for one that cannot be converted, `ConversionFailed` and `StoreError`.
    """
    if order.architecture not in {"llama", "qwen2"}:
        raise BadRequest(f'unsupported architecture "{order.architecture[:80]}"')
    family = Family(order.architecture, order.heads, order.kv_heads, order.head_length)
    with Checkpoint({name: Path(path) for name, path in order.files.items()}) as checkpoint:
        if not checkpoint.has("adapter_config.json"):
            raise BadRequest("adapter_config.json is missing: give all files of the adapter's folder")
        config = checkpoint.document("adapter_config.json")
        alpha = config.number("lora_alpha")
        if config.values.get("use_rslora") is True:  # it divides by the root of the rank, llama.cpp by the rank
            alpha *= math.sqrt(config.integer("r"))
        entries = [
            writer.text("general.architecture", family.architecture),
            writer.text("general.type", "adapter"),
            writer.text("adapter.type", "lora"),
            writer.float32("adapter.lora.alpha", alpha),
        ]
        output.write_gguf([[entry] for entry in entries], _parts(checkpoint, family))


def _parts(checkpoint: Checkpoint, family: Family) -> list[Part]:
    parts = []
    for stored, tensor in sorted(checkpoint.tensors().items()):
        match = _NAME.fullmatch(stored)
        if match is None or len(tensor.shape) != 2:
            raise BadRequest(f"the adapter has a tensor {stored[:80]!r} that is no part of a LoRA of PEFT's form")
        name = family.rename(f"{match['name']}.weight")
        second = match["side"] == "B"  # its rows are those of the base's tensor
        heads = family.permuted_heads(name) if second else 0
        if heads and tensor.shape[0] != heads * family.head_length:
            raise BadRequest(f"the adapter's tensor {stored[:80]!r} does not fit the base model")
        planned = PlannedTensor(f"{name}.lora_{'b' if second else 'a'}", "F32", tensor.shape[::-1])
        parts.append(Part(planned, tensor.size, pieces(tensor, "F32", heads)))
    if not parts:
        raise BadRequest("the adapter holds no tensors")
    return parts
