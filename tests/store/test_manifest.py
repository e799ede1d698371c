from __future__ import annotations

import pytest

from backend.errors import StoreError
from backend.store import Config, Digest, Layer, Manifest
from backend.store.manifest import CONFIG, MANIFEST_LIMIT, MODEL, TEMPLATE, Draft, go_json

A, B, C = (Digest(char * 64) for char in "abc")


def test_a_manifest_is_written_byte_for_byte_as_ollama_does() -> None:
    layers = (Layer(MODEL, B, 98362432, from_="smollm2:latest"), Layer(TEMPLATE, C, 12, name="x<y"))
    assert Manifest(Layer(CONFIG, A, 341), layers).encode() == (
        b'{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json",'
        b'"config":{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"sha256:' + b"a" * 64 + b'",'
        b'"size":341},'
        b'"layers":[{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:' + b"b" * 64 + b'",'
        b'"size":98362432,"from":"smollm2:latest"},'
        b'{"mediaType":"application/vnd.ollama.image.template","digest":"sha256:' + b"c" * 64 + b'",'
        b'"size":12,"name":"x\\u003cy"}]}\n'
    )


def test_what_is_written_is_read() -> None:
    manifest = Manifest(Layer(CONFIG, A, 3), (Layer(MODEL, B, 5, "x:y"), Layer("unknown/type", C, 0)))
    assert Manifest.parse(manifest.encode()) == manifest
    assert manifest.digests == {A, B, C}
    assert manifest.size == 8


def test_manifests_of_others_are_read_leniently() -> None:
    text = b'{"layers":null,"new":[1],"config":{"size":1,"digest":"sha256-%s","from":null,"annotations":{}}}'
    assert Manifest.parse(text % (b"a" * 64)) == Manifest(Layer("", A, 1))


def layer_text(digest: str = f"sha256:{'a' * 64}", size: str = "1") -> bytes:
    return f'{{"config":{{"digest":"{digest}","size":{size}}},"layers":[]}}'.encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"config":null}',
        b'{"config":{},"layers":[]}',
        b'{"config":{"digest":"sha256:' + b"a" * 64 + b'"}}',
        layer_text(digest="sha256:../../x"),
        layer_text(digest=""),
        layer_text(size="-1"),
        layer_text(size="1.5"),
        layer_text(size='"1"'),
        layer_text(size="9" * 5000),
        layer_text(size="NaN"),
        layer_text()[:-2],
        b"[" * 100_000,
        b'{"config":' * 100_000,
        b"\xff\xfe{}",
        b'{"x":"' + b"y" * MANIFEST_LIMIT + b'"}',
    ],
    ids=lambda data: data[:40].decode("latin-1"),
)
def test_damaged_and_hostile_manifests_are_refused(data: bytes) -> None:
    with pytest.raises(StoreError, match=r"^the manifest"):
        Manifest.parse(data)


def test_many_layers_within_the_limit_are_read() -> None:
    layer = b'{"digest":"sha256:' + b"b" * 64 + b'","size":1}'
    data = b'{"config":' + layer + b',"layers":[' + b",".join([layer] * 40_000) + b"]}"
    assert len(Manifest.parse(data).layers) == 40_000


def test_a_configuration_has_ollamas_keys_in_ollamas_order() -> None:
    assert Config().encode() == (
        b'{"model_format":"","model_family":"","model_families":null,"model_type":"","file_type":"",'
        b'"architecture":"amd64","os":"linux"}\n'
    )
    config = Config(
        model_format="gguf",
        model_family="llama",
        model_families=("llama",),
        model_type="134.52M",
        file_type="Q4_1",
        renderer="r",
        parser="p",
        requires="0.1",
        remote_host="h",
        remote_model="m",
        capabilities=("tools",),
        context_length=8,
        embedding_length=9,
        base_name="b",
        draft=Draft(model_format="gguf", config={"a": 1}),
    )
    assert config.encode() == (
        b'{"model_format":"gguf","model_family":"llama","model_families":["llama"],"model_type":"134.52M",'
        b'"file_type":"Q4_1","renderer":"r","parser":"p","requires":"0.1","remote_host":"h","remote_model":"m",'
        b'"capabilities":["tools"],"context_length":8,"embedding_length":9,"base_name":"b",'
        b'"draft":{"model_format":"gguf","config":{"a":1}},"architecture":"amd64","os":"linux"}\n'
    )
    assert Config.parse(config.encode()) == config


def test_configurations_of_others_are_read_leniently() -> None:
    data = b'{"model_family":"x","model_families":null,"file_type":7,"context_length":null,"rootfs":{},"os":"linux"}'
    assert Config.parse(data) == Config(model_family="x")


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000])
def test_a_configuration_that_is_no_object_is_refused(data: bytes) -> None:
    with pytest.raises(StoreError, match=r"^the configuration is not"):
        Config.parse(data)


def test_json_has_gos_escapes() -> None:
    assert go_json({"k": "<a&b>\u2028é\u2029"}) == '{"k":"\\u003ca\\u0026b\\u003e\\u2028é\\u2029"}\n'.encode()
