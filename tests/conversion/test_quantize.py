"""`quantize` of a create request, from the upload to the stored model (the specification's section F.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gguf
import numpy as np
import pytest

from backend.errors import BackendError
from backend.modelfile.create import create
from backend.store import Digest, ModelName, Store
from backend.store.manifest import MODEL, SYSTEM
from backend.wire.ollama import CreateRequest, Progress
from tests.conversion.weights import TOKENS, WIDTH, read, tensors, write

if TYPE_CHECKING:
    from pathlib import Path

    from backend.store import StoredModel


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models")


def upload(store: Store, path: Path) -> str:
    return str(store.blobs.put(path.read_bytes()))


def run(store: Store, **fields: Any) -> list[Progress]:
    return list(create(store, CreateRequest(**fields)))


def model(store: Store, name: str = "m") -> StoredModel:
    return store.get(ModelName.parse(name))


def distinct(steps: list[Progress]) -> list[str]:
    return list(dict.fromkeys(step.status for step in steps))


@pytest.mark.parametrize("kind", ["F32", "F16", "BF16"])
@pytest.mark.parametrize("target", ["q8_0", "Q4_K_S", "q4_k", "F16", "F32", "bf16"])
def test_every_tensor_is_what_the_reference_library_makes_of_it(
    store: Store, tmp_path: Path, kind: str, target: str
) -> None:
    source = write(tmp_path / "m.gguf", kind, tensors(layers=2))
    run(store, model="m", files={"m.gguf": upload(store, source)}, quantize=target)
    before, after = ({tensor.name: tensor for tensor in read(path).tensors} for path in (source, model(store).weights))
    assert before.keys() == after.keys()
    for name, tensor in after.items():
        old = before[name]
        assert tensor.shape.tolist() == old.shape.tolist()
        values = gguf.quants.dequantize(old.data, old.tensor_type)
        if tensor.tensor_type == old.tensor_type:
            assert tensor.data.tobytes() == old.data.tobytes()
        elif tensor.tensor_type.name in {"F32", "F16", "BF16", "Q8_0"}:
            assert tensor.data.tobytes() == gguf.quants.quantize(values, tensor.tensor_type).tobytes()
        else:  # which the library reads and does not write
            error = np.abs(gguf.quants.dequantize(tensor.data, tensor.tensor_type) - values)
            assert error.mean() < 0.01
            assert error.max() < 0.05


def test_the_steps_the_metadata_and_the_configuration(store: Store, tmp_path: Path) -> None:
    source = write(tmp_path / "m.gguf", "F16", tensors())
    digest = upload(store, source)
    steps = run(store, model="m", files={"m.gguf": digest}, quantize="Q4_K_M")
    stored = model(store)
    assert distinct(steps) == [
        "parsing GGUF",
        "quantizing F16 model to Q4_K_M",
        "verifying conversion",
        f"creating new layer {stored.weights_digest}",
        "writing manifest",
        "success",
    ]
    bars = [step for step in steps if step.status.startswith("quantizing")]
    assert {bar.digest for bar in bars} == {"0" * 19}
    size = sum(int(tensor.n_bytes) for tensor in read(source).tensors)
    assert (bars[-1].completed, bars[-1].total) == (size, size)
    assert [bar.completed for bar in bars] == sorted(bar.completed for bar in bars)
    assert (stored.config.file_type, stored.config.model_type) == ("Q4_K_M", stored.gguf.parameter_size)
    assert Digest.parse(digest) != stored.weights_digest
    old, new = (read(path).fields for path in (source, stored.weights))
    assert list(new) == [
        *(name for name in old if name != "general.file_type"),
        "general.quantization_version",
        "general.file_type",
    ]
    assert new["general.file_type"].contents() == gguf.LlamaFileType.MOSTLY_Q4_K_M
    unchanged = [name for name in old if name not in {"general.file_type", "GGUF.tensor_count", "GGUF.kv_count"}]
    assert [new[name].contents() for name in unchanged] == [old[name].contents() for name in unchanged]


def test_a_stored_model_is_quantised_too_and_keeps_the_rest(store: Store, tmp_path: Path) -> None:
    source = write(tmp_path / "m.gguf", "F16", tensors(layers=1))
    run(store, model="base", files={"m.gguf": upload(store, source)}, system="S")
    run(store, model="m", from_="base", quantization="Q8_0")
    stored = model(store)
    assert [layer.media_type for layer in stored.manifest.layers] == [MODEL, SYSTEM]
    assert (stored.config.file_type, stored.parent_model, stored.system) == ("Q8_0", "", "S")
    assert model(store, "base").config.file_type == "F16"


def test_what_is_of_the_type_already_stays(store: Store, tmp_path: Path) -> None:
    digest = upload(store, write(tmp_path / "m.gguf", "F16", tensors(layers=1)))
    steps = run(store, model="m", files={"m.gguf": digest}, quantize="f16")
    assert not [step for step in steps if "quantizing" in step.status]
    assert str(model(store).weights_digest) == digest


def test_what_was_quantised_before_is_refused(store: Store, tmp_path: Path) -> None:
    digest = upload(store, write(tmp_path / "m.gguf", "F16", tensors(layers=1)))
    run(store, model="m", files={"m.gguf": digest}, quantize="Q8_0")
    with pytest.raises(BackendError, match=r"^quantization is only supported for F16, BF16 and F32 models$") as caught:
        run(store, model="again", from_="m", quantize="Q4_K_M")
    assert caught.value.status == 400


def test_an_unknown_type_is_refused_at_once(store: Store) -> None:
    text = "unsupported quantization type q5_1 - supported types are F32, F16, Q4_K_S, Q4_K_M, Q8_0"
    with pytest.raises(BackendError, match=text) as caught:
        create(store, CreateRequest(model="m", from_="x", quantize="q5_1"))
    assert caught.value.status == 400


def test_numbers_that_a_type_cannot_express_are_an_error_and_leave_nothing(store: Store, tmp_path: Path) -> None:
    weights = tensors(layers=1)
    weights["token_embd.weight"][0, 0] = np.inf
    digest = upload(store, write(tmp_path / "m.gguf", "F32", weights))
    with pytest.raises(BackendError, match="numbers that Q8_0 cannot express"):
        run(store, model="m", files={"m.gguf": digest}, quantize="Q8_0")
    assert store.names() == []
    assert [path.name for path in store.blobs.folder.iterdir()] == [Digest.parse(digest).filename]


def test_a_tensor_of_many_pieces_is_whole(store: Store, tmp_path: Path) -> None:
    weights = tensors(layers=1)
    weights["token_embd.weight"] = np.random.default_rng(1).normal(0, 1, (60 * TOKENS, WIDTH)).astype(np.float32)
    source = write(tmp_path / "m.gguf", "F32", weights)
    run(store, model="m", files={"m.gguf": upload(store, source)}, quantize="Q8_0")
    found = next(tensor for tensor in read(model(store).weights).tensors if tensor.name == "token_embd.weight")
    kind = gguf.GGMLQuantizationType.Q8_0
    assert found.data.tobytes() == gguf.quants.quantize(weights["token_embd.weight"], kind).tobytes()
