"""The store that `POST /api/create` leaves against the one that Ollama leaves: the specification's sections D and F.3.

`ollama_expectations.json` was made by Ollama 0.17.4 itself, from the files below. Three things differ on purpose:

- that version still wrote `rootfs` into the configuration (later ones do not, section D);
- it names the path of its own blob as the `from` of an uploaded file, which is nobody else's business;
- what the cases in `BETTER` say.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from backend.modelfile.create import create
from backend.store import Digest, ModelName, Store
from backend.wire.ollama import CreateRequest
from tests.fakes.gguf_file import gguf_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

OLLAMA: list[dict[str, Any]] = json.loads(Path(__file__).with_name("ollama_expectations.json").read_text("utf-8"))[
    "cases"
]
NAMES = [case["name"] for case in OLLAMA]
BETTER = {
    "license-empty": "an empty license is none",
    "stop-string": "a single stop text becomes the list that the option is",
}


@cache
def ggufs() -> Mapping[str, bytes]:
    chatml = files("backend.template.known").joinpath("chatml.jinja").read_text("utf-8").removesuffix("\n")
    projector = {"general.architecture": "clip", "general.type": "projector", "clip.has_vision_encoder": True}
    return {
        "plain": gguf_bytes(),
        "chatml": gguf_bytes({"tokenizer.chat_template": chatml}),
        "adapter": gguf_bytes({"general.type": "adapter"}),
        "projector": gguf_bytes(projector),
    }


@pytest.fixture(scope="module")
def created(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store after all requests."""
    store = Store(tmp_path_factory.mktemp("models"))
    digests = {name: str(store.blobs.put(data)) for name, data in ggufs().items()}
    for case in OLLAMA:
        request = dict(case["request"])
        for key in request.keys() & {"files", "adapters"}:
            request[key] = {file: digests[content] for file, content in request[key].items()}
        for _ in create(store, msgspec.convert({"model": case["name"], **request}, CreateRequest)):
            pass
    return store


def cut(case: Mapping[str, str]) -> tuple[bytes, bytes]:
    """Ollama's manifest and configuration without what differs on purpose."""
    config = re.sub(r',"rootfs":\{[^{}]*\}', "", case["config"]).encode()
    manifest = re.sub(r',"from":"/models/[^"]*"', "", case["manifest"])
    digest = Digest.of(config)
    manifest = re.sub(r'"digest":"[^"]*","size":\d+', f'"digest":"{digest}","size":{len(config)}', manifest, count=1)
    return manifest.encode(), config


@pytest.mark.parametrize("case", OLLAMA, ids=NAMES)
def test_manifest_and_configuration_are_those_of_ollama(created: Store, case: dict[str, Any]) -> None:
    model = created.get(ModelName.parse(case["name"]))
    manifest, config = cut(case)
    assert created.blobs.read(model.manifest.config.digest, 10_000) == config
    same = created.manifest_bytes(ModelName.parse(case["name"])) == manifest
    assert same == (case["name"] not in BETTER)


@pytest.mark.parametrize("case", [case for case in OLLAMA if case["name"] not in BETTER], ids=lambda case: case["name"])
def test_the_blobs_are_those_of_ollama(created: Store, case: dict[str, Any]) -> None:
    layers = created.get(ModelName.parse(case["name"])).manifest.layers
    for layer, text in zip(layers, case["texts"], strict=True):
        if text is not None:
            assert created.blobs.read(layer.digest, 10_000) == text.encode()


@pytest.mark.parametrize("case", OLLAMA, ids=NAMES)
def test_a_store_of_ollama_is_read_as_it_is(tmp_path: Path, case: dict[str, Any]) -> None:
    store = Store(tmp_path)
    for data in (*ggufs().values(), case["config"].encode(), *(text.encode() for text in case["texts"] if text)):
        store.blobs.put(data)
    path = tmp_path / "manifests/registry.ollama.ai/library" / case["name"] / "latest"
    path.parent.mkdir(parents=True)
    path.write_text(case["manifest"], "utf-8")
    (model,) = store.list()
    assert model.digest == hashlib.sha256(case["manifest"].encode()).hexdigest()
    assert model.config.model_family == "llama"
    assert model.config.file_type == "Q4_1"
    assert {layer.media_type.rpartition(".")[2] for layer in model.manifest.layers} >= {"model"}
    assert store.manifest_bytes(model.name) == case["manifest"].encode()
