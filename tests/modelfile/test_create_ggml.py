"""GGML files and version 1 of GGUF in `POST /api/create`, in `/api/tags` and in `/api/show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from backend.errors import BackendError
from backend.modelfile import describe, parser
from backend.modelfile.create import create
from backend.modelfile.parameters import parameters
from backend.store import ModelName
from backend.wire.ollama import CreateRequest, Details
from tests.fakes.gguf_file import gguf_bytes
from tests.ggml.files import BYTES, LAYOUTS, ggml_bytes
from tests.ggml.old_gguf import old_gguf_bytes

if TYPE_CHECKING:
    from backend.store import Store, StoredModel

GPT2 = ggml_bytes("gpt2", "Q4_0")
LLAMA = ggml_bytes("llama", "Q5_1")
UNTOLD = ggml_bytes("gpt2", tokens=BYTES)
ADAPTER = gguf_bytes({"general.type": "adapter"})
PROJECTOR = gguf_bytes({"general.architecture": "clip", "general.type": "mmproj"})


def run(store: Store, *data: bytes, model: str = "old", **fields: Any) -> StoredModel:
    files = {f"{place}.bin": str(store.blobs.put(content)) for place, content in enumerate(data)}
    for _ in create(store, CreateRequest(model=model, files=files or None, **fields)):
        pass
    return store.get(ModelName(model))


def refused(store: Store, *data: bytes, **fields: Any) -> str:
    before = store.names()
    with pytest.raises(BackendError) as caught:
        run(store, *data, **fields)
    assert caught.value.status == 400
    assert store.names() == before
    return caught.value.message


@pytest.mark.parametrize("family", LAYOUTS)
def test_a_ggml_file_becomes_a_model(store: Store, family: str) -> None:
    model = run(store, ggml_bytes(family, "Q4_0"))
    assert model.config.model_format == "ggml"
    assert model.config.model_family == family.removesuffix("-40b")
    assert model.config.file_type == "Q4_0"
    assert model.gguf.is_old


def test_statuses_parameters_and_texts(store: Store) -> None:
    request = CreateRequest(
        model="old",
        files={"a.bin": str(store.blobs.put(GPT2))},
        template="Q: {{ .Prompt }}",
        system="Be brief.",
        parameters={"temperature": 0.5, "stop": ["Q:"]},
    )
    statuses = [progress.status for progress in create(store, request)]
    assert (statuses[0], statuses[-2:]) == ("parsing GGML", ["writing manifest", "success"])
    model = store.get(ModelName("old"))
    assert (model.template, model.system) == ("Q: {{ .Prompt }}", "Be brief.")
    assert model.params == {"stop": ["Q:"], "temperature": 0.5}


def test_tags_and_show_tell_what_the_file_says(store: Store) -> None:
    model = run(store, GPT2, template="{{ .System }}{{ .Prompt }}{{ .Suffix }}{{ .Tools }}")
    told = Details(
        parent_model="",
        format="ggml",
        family="gpt2",
        families=["gpt2"],
        parameter_size="125K",
        quantization_level="Q4_0",
    )
    shown = describe.show(model, verbose=True)
    assert shown.details == describe.details(model) == told
    assert shown.capabilities == ["completion"]
    assert shown.model_info["general.parameter_count"] == 125_056
    assert (shown.model_info["gpt2.context_length"], shown.model_info["gpt2.block_count"]) == (128, 2)
    assert (shown.tensors[0].name, shown.tensors[0].type, shown.tensors[0].shape) == ("model/wte", "Q4_0", [64, 262])
    item = describe.summary(model)
    assert (item.details.context_length, item.details.embedding_length) == (128, 64)
    assert item.capabilities == ["completion"]


def test_the_shown_modelfile_makes_the_model_again(store: Store) -> None:
    model = run(store, UNTOLD, parameters={"model_type": "starcoder", "top_k": 3})
    modelfile = parser.parse(describe.show(model).modelfile)
    assert dict(parameters(modelfile).values) == {"model_type": "starcoder", "top_k": 3}
    again = run(store, UNTOLD, model="again", parameters=dict(parameters(modelfile).values))
    assert again.config == model.config
    assert again.params == model.params == {"top_k": 3}


@pytest.mark.parametrize("fields", [{"parameters": {"model_type": "gpt2"}}, {"info": {"model_type": "gpt2"}}])
def test_the_type_is_taken_where_the_file_does_not_tell_it(store: Store, fields: dict[str, Any]) -> None:
    assert "PARAMETER model_type gpt2" in refused(store, UNTOLD)
    assert run(store, UNTOLD, **fields).config.model_family == "gpt2"


def test_a_model_made_from_it_keeps_the_type_or_gets_another(store: Store) -> None:
    run(store, UNTOLD, parameters={"model_type": "starcoder"})
    kept = run(store, model="kept", from_="old", system="Brief.")
    assert (kept.config.model_family, kept.gguf.architecture) == ("starcoder", "starcoder")
    other = run(store, model="other", from_="old", parameters={"model_type": "gpt2"})
    assert (other.config.model_family, other.gguf.architecture) == ("gpt2", "gpt2")


def test_info_names_no_other_family_and_all_else(store: Store) -> None:
    model = run(store, LLAMA, info={"model_family": "mine", "context_length": 4096, "parameter_size": "7B"})
    assert (model.config.model_family, model.config.context_length, model.config.model_type) == ("llama", 4096, "7B")
    assert describe.summary(model).details.context_length == 4096


@pytest.mark.parametrize(
    ("data", "fields", "message"),
    [
        (GPT2[:-1], {}, "the GGML file is cut off"),
        (LLAMA[:9000], {}, "the GGML file is cut off"),
        (GPT2.replace(b"model/wpe", b"model/wpf"), {}, "a tensor 'model/wpf', which gpt2 does not know"),
        (GPT2, {"parameters": {"model_type": "bloom"}}, "unknown model_type 'bloom'; it is one of dolly-v2"),
        (GPT2, {"parameters": {"model_type": 2}}, "model_type must be a text"),
        (GPT2, {"info": {"model_type": ["gpt2"]}}, 'info field "model_type" must be a string'),
        (gguf_bytes(), {"parameters": {"model_type": "llama"}}, "model_type is for GGML files alone"),
        (GPT2, {"quantize": "q4_K_M"}, "cannot be quantised"),
        (old_gguf_bytes(), {"quantize": "q4_K_M"}, "cannot be quantised"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusals(store: Store, data: bytes, fields: dict[str, Any], message: str) -> None:
    assert message in refused(store, data, **fields)


@pytest.mark.parametrize("model", [GPT2, old_gguf_bytes()], ids=["ggml", "gguf"])
def test_nothing_goes_with_them(store: Store, model: bytes) -> None:
    adapter = {"a.gguf": str(store.blobs.put(ADAPTER))}
    assert "ctransformers takes no LoRA adapters" in refused(store, model, adapters=adapter)
    assert "ctransformers takes no images" in refused(store, model, PROJECTOR)
    draft = {"d.gguf": str(store.blobs.put(gguf_bytes()))}
    assert "ctransformers takes no draft models" in refused(store, model, draft_files=draft)
    assert "more than one model" in refused(store, model, LLAMA)


def test_version_1_of_gguf_stays_as_it_is(store: Store) -> None:
    data = old_gguf_bytes()
    model = run(store, data)
    assert model.weights.read_bytes() == data
    assert (model.config.model_format, model.config.model_family, model.gguf.is_old) == ("gguf", "llama", True)
    assert describe.show(model).capabilities == describe.summary(model).capabilities == ["completion"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (old_gguf_bytes({"general.architecture": "mpt"}), "no engine can run this model: llama.cpp does not read GGUF"),
        (old_gguf_bytes({"tokenizer.ggml.model": "gpt2"}), "needs a SentencePiece vocabulary"),
        (old_gguf_bytes({"tokenizer.ggml.scores": None}), "needs a SentencePiece vocabulary"),
        (old_gguf_bytes(without=["output.weight"]), "needs an output matrix"),
        (old_gguf_bytes({"tokenizer.ggml.scores": [0.0] * 9}), "scores is not a list of 265 numbers"),
        (old_gguf_bytes({"tokenizer.ggml.token_type": None}), "token_type is not a list of 265 numbers"),
        (old_gguf_bytes({"tokenizer.ggml.token_type": [1.5] * 265}), "token_type is not a list"),
        (old_gguf_bytes({"tokenizer.ggml.eos_token_id": 265}), "eos token is 265"),
        (old_gguf_bytes({"llama.attention.head_count_kv": 3}), "heads"),
        (old_gguf_bytes({"llama.attention.head_count": None}), "head_count = 0"),
        (old_gguf_bytes()[:-40], "cut off"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_version_1_that_its_engine_would_fall_over_is_refused(store: Store, data: bytes, message: str) -> None:
    assert message in refused(store, data)
