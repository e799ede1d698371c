"""A projector that the engine loads and that sees nothing: zeros in the form of LLaVA's, and a picture for it."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING

from tests.fakes.gguf_file import gguf_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIDTH, _FEED_FORWARD, _HEADS = 32, 64, 2
_PIXELS, _PATCH = 28, 14
TOKENS = (_PIXELS // _PATCH) ** 2
"""What a picture takes."""


def projector(embedding_length: int) -> bytes:
    """A GGUF file for a model of this width."""
    metadata: dict[str, object] = {
        "general.architecture": "clip",
        "general.type": "mmproj",
        "clip.has_vision_encoder": True,
        "clip.projector_type": "mlp",
        "clip.use_gelu": True,
        "clip.vision.image_size": _PIXELS,
        "clip.vision.patch_size": _PATCH,
        "clip.vision.embedding_length": _WIDTH,
        "clip.vision.feed_forward_length": _FEED_FORWARD,
        "clip.vision.projection_dim": _WIDTH,
        "clip.vision.block_count": 1,
        "clip.vision.attention.head_count": _HEADS,
        "clip.vision.attention.layer_norm_epsilon": 1e-5,
        "clip.vision.image_mean": [0.5, 0.5, 0.5],
        "clip.vision.image_std": [0.5, 0.5, 0.5],
    }
    return gguf_bytes(metadata, _tensors(embedding_length))


def picture() -> str:
    """A small grey PNG, as base64."""
    rows = (b"\0" + b"\x80" * (3 * _PIXELS)) * _PIXELS
    header = struct.pack(">IIBBBBB", _PIXELS, _PIXELS, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)).decode()


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _tensors(embedding_length: int) -> Mapping[str, tuple[str, Sequence[int]]]:
    layer = {"ln1": (_WIDTH,), "ln2": (_WIDTH,), "ffn_up": (_WIDTH, _FEED_FORWARD), "ffn_down": (_FEED_FORWARD, _WIDTH)}
    layer |= {f"attn_{part}": (_WIDTH, _WIDTH) for part in ("q", "k", "v", "out")}
    shapes: dict[str, Sequence[int]] = {
        "v.class_embd": (_WIDTH,),
        "v.patch_embd.weight": (_PATCH, _PATCH, 3, _WIDTH),
        "v.position_embd.weight": (_WIDTH, TOKENS + 1),
    }
    weights = {f"v.blk.0.{name}": shape for name, shape in layer.items()} | {"v.pre_ln": (_WIDTH,)}
    weights |= {"mm.0": (_WIDTH, embedding_length), "mm.2": (embedding_length, embedding_length)}
    for name, shape in weights.items():
        shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[-1:]}
    return {name: ("F32", shape) for name, shape in shapes.items()}
