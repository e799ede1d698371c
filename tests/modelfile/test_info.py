"""`info`, `remote_host`, and what an architecture brings, of a create request (the specification's section F.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from backend.errors import BackendError
from backend.modelfile.create import create
from backend.modelfile.describe import show, summary
from backend.modelfile.remote import remote_url
from backend.store import ModelName
from backend.wire.ollama import CreateRequest
from tests.fakes.gguf_file import gguf_bytes

if TYPE_CHECKING:
    from backend.store import Store, StoredModel


def run(store: Store, **fields: Any) -> StoredModel:
    for _ in create(store, CreateRequest(model="m", **fields)):
        pass
    return store.get(ModelName("m"))


def files(store: Store, **metadata: object) -> dict[str, str]:
    described = {key.replace("__", "."): value for key, value in metadata.items()}
    return {"m.gguf": str(store.blobs.put(gguf_bytes(described)))}


INFO = {
    "model_family": "qwen2",
    "base_name": "Base",
    "quantization_level": "Q8_0",
    "parameter_size": "7B",
    "context_length": 4096.0,
    "embedding_length": 128,
    "capabilities": ["completion", "vision"],
}


def test_info_goes_over_what_the_file_says(store: Store) -> None:
    config = run(store, files=files(store), info={**INFO, "unknown": 1}).config
    assert (config.model_family, config.model_families, config.base_name) == ("qwen2", ("qwen2",), "Base")
    assert (config.file_type, config.model_type) == ("Q8_0", "7B")
    assert (config.context_length, config.embedding_length) == (4096, 128)
    assert config.capabilities == ("completion", "vision")


def test_what_info_leaves_empty_stays(store: Store) -> None:
    config = run(store, files=files(store), info={"model_family": "", "context_length": 0, "capabilities": []}).config
    assert (config.model_family, config.context_length, config.capabilities) == ("llama", 0, ())


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("model_family", 1, 'info field "model_family" must be a string'),
        ("parameter_size", ["7B"], 'info field "parameter_size" must be a string'),
        ("context_length", "4096", 'info field "context_length" must be a number'),
        ("context_length", True, 'info field "context_length" must be a number'),
        ("embedding_length", -1, 'info field "embedding_length" must be a non-negative integer'),
        ("context_length", 1e300, 'info field "context_length" must be a non-negative integer'),
        ("context_length", 1 << 63, 'info field "context_length" must be a non-negative integer'),
        ("embedding_length", 1.5, 'info field "embedding_length" must be a non-negative integer'),
        ("capabilities", "vision", 'info field "capabilities" must be a list of strings'),
        ("capabilities", [1], 'info field "capabilities" must be a list of strings'),
    ],
)
def test_info_of_a_wrong_type_is_refused(store: Store, name: str, value: object, message: str) -> None:
    with pytest.raises(BackendError) as caught:
        run(store, from_="base", info={name: value})
    assert (caught.value.message, caught.value.status) == (message, 400)


@pytest.mark.parametrize(
    ("architecture", "builtin", "stops"),
    [
        ("gemma4", "gemma4", ["<turn|>"]),
        ("laguna", "laguna", None),
        ("nemotron_h_moe", "nemotron-3-nano", None),
        ("llama", "", None),
    ],
)
def test_an_architecture_brings_its_renderer(
    store: Store, architecture: str, builtin: str, stops: list[str] | None
) -> None:
    model = run(store, files=files(store, general__architecture=architecture))
    assert (model.config.renderer, model.config.parser, model.params.get("stop")) == (builtin, builtin, stops)
    named = run(store, files=files(store, general__architecture=architecture), parser="qwen3", parameters={"top_k": 1})
    assert (named.config.renderer, named.config.parser, named.params) == ("", "qwen3", {"top_k": 1})


def test_a_remote_model_is_a_name_and_settings(store: Store) -> None:
    info = {"model_family": "qwen2", "context_length": 4096, "capabilities": ["tools"]}
    model = run(store, from_="big:70b", remote_host="https://example.com/x/", system="S", info=info)
    assert (model.config.remote_host, model.config.remote_model) == ("https://example.com:443/x", "big:70b")
    listed = summary(model)
    assert (listed.remote_host, listed.remote_model) == ("https://example.com:443/x", "big:70b")
    assert listed.size == model.size
    shown = show(model)
    assert (shown.remote_host, shown.remote_model, shown.system) == (listed.remote_host, "big:70b", "S")
    assert shown.model_info == {"general.architecture": "qwen2", "qwen2.context_length": 4096}
    assert shown.capabilities == ["tools"]
    assert "FROM big:70b" in shown.modelfile


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("example.com", "http://example.com:11434"),
        ("example.com:8080", "http://example.com:8080"),
        ("http://example.com", "http://example.com:80"),
        ("[::1]:5", "http://[::1]:5"),
    ],
)
def test_a_remote_host_gets_its_scheme_and_port(text: str, url: str) -> None:
    assert remote_url(text) == url


@pytest.mark.parametrize(
    "text",
    ["ftp://x", "ftp://x:21", "http://", "http://x:99999", "http://u:p@x", "http://:p@x", "a b", "http://x?q", "://"],
)
def test_a_bad_remote_host_is_refused(store: Store, text: str) -> None:
    with pytest.raises(BackendError, match=r"^bad remote$") as caught:
        run(store, from_="big", remote_host=text)
    assert caught.value.status == 400


def test_a_remote_model_has_no_draft(store: Store) -> None:
    draft = {"d.gguf": "sha256:" + "0" * 64}
    with pytest.raises(BackendError, match=r"^DRAFT cannot be used with remote models$"):
        run(store, from_="big", remote_host="example.com", draft_files=draft)
