"""`POST /api/create` on the server's side: the specification's section F.3."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from backend.errors import BackendError, BadGGUF, ModelNotFound
from backend.modelfile.create import create
from backend.store import Digest, ModelName
from backend.store.manifest import ADAPTER, CONFIG, LICENSE, MESSAGES, MODEL, PARAMS, PROJECTOR, SYSTEM, TEMPLATE
from backend.wire.ollama import CreateRequest, Message
from tests.fakes.gguf_file import gguf_bytes

if TYPE_CHECKING:
    from backend.store import Store, StoredModel

pytestmark = pytest.mark.section("F.3")

GGUF = gguf_bytes()
ADAPTER_GGUF = gguf_bytes({"general.type": "adapter"})
PROJECTOR_GGUF = gguf_bytes({"general.architecture": "clip", "general.type": "mmproj", "clip.has_vision_encoder": True})


def upload(store: Store, data: bytes = GGUF) -> str:
    return str(store.blobs.put(data))


def run(store: Store, **fields: Any) -> list[str]:
    return [progress.status for progress in create(store, CreateRequest(**fields))]


def stored(store: Store, name: str) -> StoredModel:
    return store.get(ModelName.parse(name))


def media_types(model: StoredModel) -> list[str]:
    return [layer.media_type for layer in model.manifest.layers]


def base(store: Store, **fields: Any) -> StoredModel:
    run(store, model="base", files={"m.gguf": upload(store)}, **fields)
    return stored(store, "base")


def test_a_gguf_becomes_a_model(store: Store) -> None:
    digest = upload(store)
    assert run(store, model="tiny", files={"tiny.gguf": digest}) == [
        "parsing GGUF",
        f"using existing layer {digest}",
        "writing manifest",
        "success",
    ]
    config = (
        b'{"model_format":"gguf","model_family":"llama","model_families":["llama"],"model_type":"4K",'
        b'"file_type":"Q4_1","architecture":"amd64","os":"linux"}\n'
    )
    manifest = (
        '{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json",'
        f'"config":{{"mediaType":"{CONFIG}","digest":"{Digest.of(config)}","size":{len(config)}}},'
        f'"layers":[{{"mediaType":"{MODEL}","digest":"{digest}","size":{len(GGUF)}}}]}}\n'
    ).encode()
    path = store.root / "manifests/registry.ollama.ai/library/tiny/latest"
    assert path.read_bytes() == manifest
    assert store.blobs.read(Digest.of(config), 1000) == config
    assert stored(store, "tiny").digest == hashlib.sha256(manifest).hexdigest()


def test_overlays_become_layers_in_order(store: Store) -> None:
    statuses = run(
        store,
        name="me/tiny:v1",
        files={"tiny.gguf": upload(store)},
        template="{{ .Prompt }}",
        system="Be <brief>.",
        license=["MIT", "", "Apache"],
        parameters={"temperature": 0.5, "stop": ["<|im_end|>"], "num_ctx": 4096},
        messages=[Message(role="user", content="hi"), Message(role="assistant")],
    )
    model = stored(store, "me/tiny:v1")
    assert media_types(model) == [MODEL, TEMPLATE, SYSTEM, LICENSE, LICENSE, PARAMS, MESSAGES]
    blobs = [store.blobs.read(layer.digest, 10_000) for layer in model.manifest.layers[1:]]
    assert blobs == [
        b"{{ .Prompt }}",
        b"Be <brief>.",
        b"MIT",
        b"Apache",
        rb'{"num_ctx":4096,"stop":["\u003c|im_end|\u003e"],"temperature":0.5}' + b"\n",
        b'[{"role":"user","content":"hi"},{"role":"assistant","content":""}]\n',
    ]
    created = [f"creating new layer {layer.digest}" for layer in model.manifest.layers[1:]]
    assert statuses[2:] == [*created, "writing manifest", "success"]


def test_a_model_from_a_model_inherits_everything(store: Store) -> None:
    parent = base(store, system="old", template="T", parameters={"top_k": 1}, license="MIT", parser="qwen3")
    assert run(store, model="child", from_="base") == [
        *(f"using existing layer {layer.digest}" for layer in parent.manifest.layers),
        "writing manifest",
        "success",
    ]
    child = stored(store, "child")
    assert child.config == parent.config
    assert child.config.parser == "qwen3"
    assert [layer.digest for layer in child.manifest.layers] == [layer.digest for layer in parent.manifest.layers]
    assert {layer.from_ for layer in child.manifest.layers if layer.media_type != PARAMS} == {"base:latest"}
    assert child.parent_model == "base:latest"


def test_overlays_over_a_model(store: Store) -> None:
    base(
        store,
        system="old",
        template="old",
        license="MIT",
        parameters={"top_k": 1, "stop": ["a"]},
        messages=[Message(role="user", content="old")],
    )
    run(
        store,
        model="child",
        from_="base",
        system="new",
        template="new",
        license="Apache",
        parameters={"stop": "b", "seed": 7},
        messages=[Message(role="user", content="new")],
        requires="0.14.0",
    )
    child = stored(store, "child")
    assert (child.system, child.template, child.licenses) == ("new", "new", ["MIT", "Apache"])
    assert child.params == {"top_k": 1, "stop": ["b"], "seed": 7}
    assert child.messages == [{"role": "user", "content": "new"}]
    assert child.config.requires == "0.14.0"
    assert sorted(media_types(child)) == sorted([MODEL, TEMPLATE, SYSTEM, LICENSE, LICENSE, PARAMS, MESSAGES])


def test_from_wins_over_files(store: Store) -> None:
    base(store)
    run(store, model="child", from_="base", files={})
    assert stored(store, "child").parent_model == "base:latest"


def test_a_model_can_be_created_from_itself(store: Store) -> None:
    old = base(store, system="old")
    run(store, model="base", from_="base", system="new")
    assert stored(store, "base").system == "new"
    assert store.blobs.size(Digest.of(b"old")) is None, "the layer that nobody needs any more is removed"
    assert store.blobs.size(old.weights_digest) == len(GGUF)


def test_projector_and_adapter_become_their_layers(store: Store) -> None:
    files = {"mmproj.gguf": upload(store, PROJECTOR_GGUF), "m.gguf": upload(store)}
    statuses = run(store, model="eyes", files=files, adapters={"lora.gguf": upload(store, ADAPTER_GGUF)})
    assert statuses.count("parsing GGUF") == 3
    model = stored(store, "eyes")
    assert media_types(model) == [PROJECTOR, MODEL, ADAPTER]
    assert model.config.model_families == ("clip", "llama", "llama")
    assert model.config.model_family == "llama"


def test_an_adapter_goes_over_an_existing_model(store: Store) -> None:
    base(store)
    run(store, model="tuned", from_="base", adapters={"lora.gguf": upload(store, ADAPTER_GGUF)})
    assert media_types(stored(store, "tuned")) == [MODEL, ADAPTER]


DIGEST = "sha256:" + "0" * 64


@pytest.mark.section("K")
@pytest.mark.parametrize("name", ["../x.gguf", "/etc/x.gguf", "a/../b", "./a", "a//b", "", ".", "a\\b", "a\0b", ".."])
def test_file_names_must_be_relative_and_clean(store: Store, name: str) -> None:
    with pytest.raises(BackendError, match=r"^file path must be relative$") as caught:
        create(store, CreateRequest(model="x", files={name: DIGEST}))
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"files": {"a.gguf": ""}}, "invalid digest format"),
        ({"files": {"a.gguf": "sha256:../../etc/passwd"}}, "invalid digest format"),
        ({"files": {"a.gguf": DIGEST}, "model": "../x"}, "invalid model name"),
        ({"files": {"a.gguf": DIGEST}, "model": ""}, "invalid model name"),
        ({}, "neither 'from' or 'files' was specified"),
        ({"files": {}}, "unknown type"),
        ({"from_": "a:b:c"}, "invalid model name"),
        (
            {"files": {"a.gguf": DIGEST}, "adapters": {"a": DIGEST, "b": DIGEST}},
            "only one adapter is currently supported",
        ),
        ({"files": {"a.gguf": DIGEST}, "requires": "soon"}, "requires must be a valid semver (e.g. 0.14.0)"),
        ({"files": {"a.gguf": DIGEST}}, f'blob "{DIGEST}" not found; upload it with POST /api/blobs/{DIGEST} first'),
    ],
)
def test_refusals(store: Store, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(BackendError) as caught:
        run(store, **{"model": "x", **fields})
    assert (caught.value.message, caught.value.status) == (message, 400)
    assert store.names() == []


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"hello", "m.gguf", "supplied file was not in GGUF format"),
        (b"hello", "m.bin", "unknown type"),
        (b"\x02\0\0\0\0\0\0\0{}", "m.bin", "config.json is missing"),
        (b"hello", "m.safetensors", "config.json is missing"),
        (b"tjgg\x03\0\0\0", "m.bin", "the GGML file is cut off"),
        (gguf_bytes({"split.count": 3}), "m.gguf", "one of 3 of a split GGUF set"),
        (PROJECTOR_GGUF, "m.gguf", "the files hold no model"),
    ],
)
def test_files_that_cannot_be_used(store: Store, data: bytes, name: str, message: str) -> None:
    with pytest.raises(BackendError, match=message) as caught:
        run(store, model="x", files={name: upload(store, data)})
    assert caught.value.status == 400
    assert store.names() == []


def test_a_damaged_gguf_changes_nothing_but_stays_uploaded(store: Store) -> None:
    before = base(store)
    damaged = upload(store, GGUF[:200])
    with pytest.raises(BadGGUF):
        run(store, model="base", files={"m.gguf": damaged}, system="new")
    assert stored(store, "base").digest == before.digest
    assert store.blobs.size(Digest.parse(damaged)) == 200
    assert store.blobs.size(Digest.of(b"new")) is None


def test_two_models_are_refused(store: Store) -> None:
    other = upload(store, gguf_bytes({"general.name": "Other"}))
    with pytest.raises(BackendError, match="more than one model"):
        run(store, model="x", files={"a.gguf": upload(store), "b.gguf": other})


def test_an_adapter_must_be_one(store: Store) -> None:
    base(store)
    with pytest.raises(BackendError, match="not a LoRA adapter"):
        run(store, model="x", from_="base", adapters={"m.gguf": upload(store, gguf_bytes({"general.name": "Other"}))})


def test_a_missing_base_is_not_found(store: Store) -> None:
    with pytest.raises(ModelNotFound, match=r"^model 'nope' not found; pull it first$"):
        run(store, model="x", from_="nope")


def test_a_model_that_runs_elsewhere_is_no_base(store: Store) -> None:
    parent = base(store)
    config = orjson.dumps({**orjson.loads(parent.config.encode()), "remote_host": "example.com"})
    manifest = (store.root / "manifests/registry.ollama.ai/library/base/latest").read_bytes()
    store.blobs.put(config)
    remote = manifest.replace(str(parent.manifest.config.digest).encode(), str(Digest.of(config)).encode())
    store.write(ModelName("remote"), remote)
    with pytest.raises(BackendError, match="is not a GGUF model"):
        run(store, model="x", from_="remote")


def test_blobs_are_held_until_the_manifest_mentions_them(store: Store) -> None:
    steps = create(store, CreateRequest(model="x", files={"m.gguf": upload(store)}, system="held"))
    while next(steps).status != "writing manifest":
        pass
    store.blobs.remove_unheld({Digest.of(b"held"), Digest.of(GGUF)})
    assert [step.status for step in steps] == ["success"]
    assert stored(store, "x").system == "held"


def test_leaving_early_creates_no_model(store: Store) -> None:
    steps = create(store, CreateRequest(model="x", files={"m.gguf": upload(store)}, system="kept"))
    while next(steps).status != "writing manifest":
        pass
    steps.close()
    assert store.names() == []
    store.blobs.remove_unheld({Digest.of(b"kept")})
    assert store.blobs.size(Digest.of(b"kept")) is None, "nothing is held any more"
