"""Safetensors models through `create` (the specification's section F.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gguf
import numpy as np
import pytest

from backend.errors import BackendError
from backend.modelfile.create import create
from backend.store import ModelName, Store
from backend.store.manifest import ADAPTER, MODEL, PROJECTOR
from backend.wire.ollama import CreateRequest
from tests.conversion.folder import QWEN2, SMOLLM, Array, files_in, halves, save, stored_name, tokenizer, write_json
from tests.conversion.weights import HEADS, HIDDEN, KV_HEADS, TOKENS, WIDTH, read, tensors
from tests.fakes.gguf_file import gguf_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from backend.store import StoredModel

CONFIG: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": WIDTH,
    "intermediate_size": HIDDEN,
    "num_attention_heads": HEADS,
    "num_key_value_heads": KV_HEADS,
    "num_hidden_layers": 2,
    "max_position_embeddings": 512,
    "rms_norm_eps": 1e-5,
    "rope_theta": 5000.0,
    "tie_word_embeddings": True,
    "eos_token_id": [2, 1],
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "hf"
    path.mkdir()
    return path


def described(folder: Path, config: dict[str, Any] | None = None, cut: object = SMOLLM, **more: object) -> None:
    """Everything but the weights: 3 special tokens, bytes as their numbers, and rows of the embeddings to spare."""
    tokens = ["<s>", "</s>", "<|end|>", *(f"b{number}" for number in range(256))]
    write_json(
        folder,
        config={**CONFIG, **(config or {})},
        tokenizer=tokenizer(tokens, ["b1 b2", "b3 b4"], ["<s>", "</s>", "<|end|>"], cut),
        tokenizer_config={"bos_token": "<s>", "eos_token": {"content": "<|end|>"}, "chat_template": "{{ x }}"},
        **more,
    )


def stored_as(weights: dict[str, Array], architecture: str = "llama") -> dict[str, Array]:
    found = {}
    for name, values in weights.items():
        turned = architecture == "llama" and ("attn_q" in name or "attn_k." in name)
        heads = HEADS if "attn_q" in name else KV_HEADS
        found[stored_name(name)] = np.ascontiguousarray(halves(values, heads)) if turned else values
    return found


def run(store: Store, folder: Path, **fields: Any) -> list[str]:
    files = {name: str(store.blobs.put(path.read_bytes())) for name, path in files_in(folder).items()}
    request = CreateRequest(**{"model": "m", "files": files, **fields})
    return list(dict.fromkeys(step.status for step in create(store, request)))


def model(store: Store, name: str = "m") -> StoredModel:
    return store.get(ModelName(name))


@pytest.mark.parametrize(("kind", "wanted"), [("F32", "F16"), ("F16", "F16"), ("BF16", "BF16")])
@pytest.mark.parametrize("architecture", ["llama", "qwen2"])
def test_every_tensor_arrives_under_its_name(
    store: Store, folder: Path, kind: str, wanted: str, architecture: str
) -> None:
    weights = tensors(layers=2)
    if architecture == "qwen2":
        weights["blk.0.attn_q.bias"] = np.arange(WIDTH, dtype=np.float32)
    described(folder, {"architectures": [f"{architecture.capitalize()}ForCausalLM"]})
    halfway = dict(list(stored_as(weights, architecture).items())[:5])
    rest = {name: values for name, values in stored_as(weights, architecture).items() if name not in halfway}
    save(folder / "model-00001-of-00002.safetensors", halfway, kind)
    save(folder / "model-00002-of-00002.safetensors", rest, kind)
    statuses = run(store, folder)
    assert statuses[:2] == ["converting model", "verifying conversion"]
    found = {tensor.name: tensor for tensor in read(model(store).weights).tensors}
    assert found.keys() == weights.keys()
    stored = gguf.GGMLQuantizationType[kind]
    for name, values in weights.items():
        own = gguf.GGMLQuantizationType["F32" if values.ndim == 1 else wanted]
        assert found[name].tensor_type == own
        once = gguf.quants.dequantize(gguf.quants.quantize(values, stored), stored)
        assert found[name].data.tobytes() == gguf.quants.quantize(once, own).tobytes()
    config = model(store).config
    assert (config.model_format, config.model_family, config.file_type) == ("gguf", architecture, wanted)


def test_the_metadata_says_what_the_documents_say(store: Store, folder: Path) -> None:
    described(folder)
    save(folder / "model.safetensors", stored_as(tensors(layers=2)))
    run(store, folder)
    fields = read(model(store).weights).fields
    values = {name: field.contents() for name, field in fields.items() if not name.startswith("GGUF.")}
    assert values.pop("tokenizer.ggml.tokens") == [
        *("<s>", "</s>", "<|end|>"),
        *(f"b{number}" for number in range(256)),
        *(f"[PAD{number}]" for number in range(259, TOKENS)),
    ]
    assert values.pop("tokenizer.ggml.token_type") == [3] * 3 + [1] * 256 + [5] * (TOKENS - 259)
    assert values.pop("llama.attention.layer_norm_rms_epsilon") == pytest.approx(1e-5)
    assert values == {
        "general.architecture": "llama",
        "general.type": "model",
        "general.file_type": 1,
        "general.quantization_version": 2,
        "llama.vocab_size": TOKENS,
        "llama.context_length": 512,
        "llama.embedding_length": WIDTH,
        "llama.block_count": 2,
        "llama.feed_forward_length": HIDDEN,
        "llama.attention.head_count": HEADS,
        "llama.attention.head_count_kv": KV_HEADS,
        "llama.attention.key_length": WIDTH // HEADS,
        "llama.attention.value_length": WIDTH // HEADS,
        "llama.rope.dimension_count": WIDTH // HEADS,
        "llama.rope.freq_base": 5000.0,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "smollm",
        "tokenizer.ggml.merges": ["b1 b2", "b3 b4"],
        "tokenizer.ggml.bos_token_id": 0,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.chat_template": "{{ x }}",
    }


def test_what_was_converted_can_be_quantised_at_once(store: Store, folder: Path) -> None:
    described(folder, cut=QWEN2)
    save(folder / "model.safetensors", stored_as(tensors(layers=2)), "BF16")
    assert "quantizing BF16 model to Q4_K_M" in run(store, folder, quantize="Q4_K_M")
    assert model(store).config.file_type == "Q4_K_M"
    assert read(model(store).weights).fields["tokenizer.ggml.pre"].contents() == "qwen2"


def test_a_vocabulary_of_characters_has_scores(store: Store, folder: Path) -> None:
    described(folder)
    vocabulary = {"<unk>": 0, "<s>": 1, "</s>": 2, "<0x41>": 3, "▁": 4, "a": 5, "▁a": 6}
    normalizer = {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}]}
    special = [{"id": number, "content": token, "special": True} for token, number in list(vocabulary.items())[:3]]
    body = {"type": "BPE", "byte_fallback": True, "unk_token": "<unk>", "vocab": vocabulary, "merges": ["▁ a"]}
    write_json(folder, tokenizer={"added_tokens": special, "normalizer": normalizer, "model": body})
    save(folder / "model.safetensors", stored_as(tensors(layers=1)))
    run(store, folder)
    fields = read(model(store).weights).fields
    assert fields["tokenizer.ggml.model"].contents() == "llama"
    assert fields["tokenizer.ggml.token_type"].contents()[:7] == [2, 3, 3, 6, 1, 1, 1]
    assert fields["tokenizer.ggml.scores"].contents()[:3] == [0.0, -1.0, -2.0]
    assert fields["tokenizer.ggml.add_space_prefix"].contents() is True


def test_long_contexts_of_llama_3_bring_their_factors(store: Store, folder: Path) -> None:
    rope = {
        "rope_type": "llama3",
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 128,
    }
    described(folder, {"rope_scaling": rope, "rope_theta": 500000.0})
    save(folder / "model.safetensors", stored_as(tensors(layers=1)))
    run(store, folder)
    (factors,) = [tensor.data for tensor in read(model(store).weights).tensors if tensor.name == "rope_freqs.weight"]
    assert len(factors) == WIDTH // HEADS // 2
    assert (factors[0], factors[-1]) == (1.0, 8.0)
    assert sorted(factors) == list(factors)


@pytest.mark.parametrize(
    ("config", "missing", "message"),
    [
        ({"architectures": ["GPT2LMHeadModel"]}, "", 'unsupported architecture "GPT2LMHeadModel"'),
        ({"architectures": None}, "", 'unsupported architecture ""'),
        ({}, "config.json", "config.json is missing"),
        ({}, "tokenizer.json", "tokenizer.json is missing"),
        ({"hidden_size": "wide"}, "", 'config.json has no usable "hidden_size"'),
        ({"num_attention_heads": 3, "head_dim": 64}, "", "there are 3 heads, which the tensor"),
        ({"rope_scaling": {"type": "dynamic", "factor": 2}}, "", "the rope_scaling 'dynamic'"),
        ({"rms_norm_eps": 1e300}, "", 'config.json has no usable "rms_norm_eps"'),
        ({"rope_scaling": {"type": "llama3"}, "rope_theta": 5e-324}, "", 'config.json has no usable "rope_theta"'),
        ({"head_dim": 2**31 - 2}, "", "config.json has heads of 2147483646 elements"),
    ],
)
def test_what_cannot_be_converted_is_told(
    store: Store, folder: Path, config: dict[str, Any], missing: str, message: str
) -> None:
    described(folder, config)
    save(folder / "model.safetensors", stored_as(tensors(layers=1)))
    if missing:
        (folder / missing).unlink()
    with pytest.raises(BackendError, match=message) as caught:
        run(store, folder)
    assert caught.value.status == 400
    assert store.names() == []


ONE = b'{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'


def header(text: bytes) -> bytes:
    return len(text).to_bytes(8, "little") + text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (header(b"{}"), "hold no embeddings"),
        (b"\xff" * 8 + b"{}", "not a safetensors file, or is cut off"),
        (header(b'{"a":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}}') + b"x", "the type 'I8'"),
        (header(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'), "or the file is cut off"),
        (header(b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}') + b"1234", "another size than its shape"),
        (header(b'{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}') + b"1234", "makes no sense"),
        (header(b'{"a":{"dtype":"F32","shape":[0,9],"data_offsets":[0,0]}}'), "makes no sense"),
        (header(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}') + b"1234", "has a tensor 'a' that a llama"),
        (header(b'{"a":7}'), "is not a JSON object"),
        (header(b'{"a":%b,"b":%b}' % (ONE, ONE)) + b"1234", "has tensors that share bytes"),
        (
            header(b'{"norm.weight":%b,"model.norm.weight":%b}' % (ONE, ONE.replace(b"[0,4]", b"[4,8]"))) + b"12345678",
            "two tensors for output_norm.weight",
        ),
    ],
)
def test_damaged_and_lying_files_are_refused(store: Store, folder: Path, data: bytes, message: str) -> None:
    described(folder)
    (folder / "model.safetensors").write_bytes(data)
    with pytest.raises(BackendError, match=message) as caught:
        run(store, folder)
    assert caught.value.status == 400


def test_a_projector_may_come_beside_the_weights(store: Store, folder: Path) -> None:
    described(folder)
    save(folder / "model.safetensors", stored_as(tensors(layers=1)))
    (folder / "mmproj.gguf").write_bytes(gguf_bytes({"general.type": "mmproj", "general.architecture": "clip"}))
    run(store, folder)
    assert [layer.media_type for layer in model(store).manifest.layers] == [MODEL, PROJECTOR]
    assert model(store).config.model_families == ("llama", "clip")


def test_a_way_to_cut_text_that_is_not_known_is_refused(store: Store, folder: Path) -> None:
    described(folder, cut={"type": "Whitespace"})
    save(folder / "model.safetensors", stored_as(tensors(layers=1)))
    with pytest.raises(BackendError, match="cuts text in a way that is not known"):
        run(store, folder)


def test_an_adapter_is_converted_for_its_base(store: Store, folder: Path, tmp_path: Path) -> None:
    described(folder)
    save(folder / "model.safetensors", stored_as(tensors(layers=2)))
    run(store, folder, model="base")
    random = np.random.default_rng(3)
    first = random.normal(0, 1, (4, WIDTH)).astype(np.float32)
    second = random.normal(0, 1, (WIDTH, 4)).astype(np.float32)
    prefix = "base_model.model.model.layers.1.self_attn.q_proj.lora_"
    lora = tmp_path / "lora"
    lora.mkdir()
    write_json(lora, adapter_config={"r": 4, "lora_alpha": 8})
    save(lora / "adapter_model.safetensors", {f"{prefix}A.weight": first, f"{prefix}B.weight": second}, "F32")
    files = {name: str(store.blobs.put(path.read_bytes())) for name, path in files_in(lora).items()}
    steps = [step.status for step in create(store, CreateRequest(model="tuned", from_="base", adapters=files))]
    assert "converting adapter" in steps
    tuned = model(store, "tuned")
    assert [layer.media_type for layer in tuned.manifest.layers if layer.media_type in {MODEL, ADAPTER}] == [
        MODEL,
        ADAPTER,
    ]
    adapter = read(tuned.adapters[0])
    assert adapter.fields["adapter.lora.alpha"].contents() == 8.0
    found = {tensor.name: tensor.data for tensor in adapter.tensors}
    assert np.array_equal(found["blk.1.attn_q.weight.lora_a"], first)
    assert np.array_equal(halves(found["blk.1.attn_q.weight.lora_b"], HEADS), second)
