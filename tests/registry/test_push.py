"""Pushes to a registry, and the login (sections E.1 and E.4)."""

from __future__ import annotations

import hashlib
import random
import stat
from typing import TYPE_CHECKING

import pytest
from yarl import URL

from backend.errors import ModelNotFound, PushFailed, RegistryError
from backend.registry import transfer
from backend.registry.auth import Challenge, signed_text
from backend.registry.client import USER_AGENT, Registry, base_url
from backend.registry.push import push
from backend.store import Digest, ModelName, Store
from backend.store.manifest import MODEL, Layer, Manifest
from tests.fakes.registry import FakeRegistry, registry
from tests.store.models import CONFIGURATION, manifest_of

if TYPE_CHECKING:
    from pathlib import Path

    from backend.registry.key import KeyPair
    from backend.wire.ollama import Progress

pytestmark = pytest.mark.section("E.4")

DATA = random.Random(3).randbytes(250_000)  # noqa: S311 # no secret


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "SMALLEST", 100_000)


def model_for(store: Store, fake: FakeRegistry, *contents: bytes) -> ModelName:
    name = ModelName.parse(f"{fake.url}/a/b")
    store.write(name, manifest_of(store, *contents))
    return name


async def run(store: Store, key: KeyPair, name: ModelName) -> list[Progress]:
    return [progress async for progress in push(store, key, name)]


async def test_a_model_is_sent_byte_for_byte(store: Store, key: KeyPair, fake: FakeRegistry) -> None:
    name = model_for(store, fake, DATA, b"small")
    progress = await run(store, key, name)
    assert [item.status for item in progress if not item.digest] == [
        *("retrieving manifest", "pushing manifest", "success")
    ]
    ends = {item.status: (item.total, item.completed) for item in progress if item.digest}
    assert ends == {
        f"pushing {Digest.of(data).short}": (len(data), len(data)) for data in (DATA, b"small", CONFIGURATION)
    }
    assert fake.manifests["a/b:latest"] == store.manifest_bytes(name)
    assert fake.blobs[str(Digest.of(DATA))] == DATA
    parts = [hashlib.md5(DATA[at : at + 100_000], usedforsecurity=False).digest() for at in (0, 100_000, 200_000)]
    assert fake.etags[0] == hashlib.md5(b"".join(parts), usedforsecurity=False).hexdigest() + "-3"


async def test_what_the_registry_has_is_not_sent(store: Store, key: KeyPair, fake: FakeRegistry) -> None:
    name = model_for(store, fake, DATA)
    await run(store, key, name)
    before = len(fake.asked)
    await run(store, key, name)
    assert [asked.method for asked in fake.asked[before:]] == ["HEAD", "HEAD", "PUT"]


async def test_parts_go_where_the_registry_says_without_credentials(
    store: Store, key: KeyPair, fake: FakeRegistry
) -> None:
    async with registry() as bucket:
        bucket.uploading = fake.uploading
        fake.token, fake.uploads_to = "secret", bucket.url
        await run(store, key, model_for(store, fake, DATA))
        assert fake.blobs[str(Digest.of(DATA))] == DATA
        assert not [asked for asked in bucket.asked if asked.authorization]


async def test_a_layer_of_another_model_is_mounted(store: Store, key: KeyPair, fake: FakeRegistry) -> None:
    fake.mountable[str(Digest.of(DATA))] = DATA
    layer = Layer(MODEL, Digest.of(DATA), len(DATA), from_="library/base:latest")
    name = ModelName.parse(f"{fake.url}/a/b")
    store.write(name, Manifest(manifest_of(store, DATA).config, (layer,)))
    await run(store, key, name)
    assert str(layer.digest) in fake.blobs
    assert [asked.method for asked in fake.asked if asked.method == "PATCH"] == ["PATCH"]  # the configuration


async def test_an_unknown_model_is_told(store: Store, key: KeyPair) -> None:
    seen: list[str] = []

    async def watch() -> None:
        async for progress in push(store, key, ModelName.parse("http://127.0.0.1:1/a/b")):
            seen.append(progress.status)  # noqa: PERF401 # it raises

    with pytest.raises(ModelNotFound):
        await watch()
    assert seen == ["retrieving manifest", "couldn't retrieve manifest"]


@pytest.mark.section("E.1")
async def test_the_login_is_signed_with_the_key_that_is_made_for_it(
    store: Store, key: KeyPair, fake: FakeRegistry, tmp_path: Path
) -> None:
    fake.token = "secret"  # noqa: S105 # a fake's
    await run(store, key, model_for(store, fake, DATA))
    secret, public = tmp_path / "home" / "id_ed25519", tmp_path / "home" / "id_ed25519.pub"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert secret.read_text().startswith("-----BEGIN OPENSSH PRIVATE KEY-----")
    before = public.read_text()
    assert before.startswith("ssh-ed25519 AAAA")
    assert [asked.path for asked in fake.asked].count("/token") == 1
    await run(store, type(key)(secret), model_for(store, fake, DATA))
    assert public.read_text() == before


@pytest.mark.section("E.1")
async def test_a_token_that_is_refused_is_not_asked_for_again(store: Store, key: KeyPair, fake: FakeRegistry) -> None:
    fake.token = "secret"  # noqa: S105 # a fake's
    fake.login_token = "wrong"  # noqa: S105 # a fake's
    with pytest.raises(PushFailed, match=r"^unauthorized: access denied$"):
        await run(store, key, model_for(store, fake, DATA))
    assert [asked.path for asked in fake.asked].count("/token") == 1


@pytest.mark.parametrize("content", ["", "nonsense", "-----BEGIN OPENSSH PRIVATE KEY-----\n"])
async def test_a_broken_key_is_told(
    store: Store, key: KeyPair, fake: FakeRegistry, tmp_path: Path, content: str
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "id_ed25519").write_text(content)
    fake.token = "secret"  # noqa: S105 # a fake's
    with pytest.raises(PushFailed, match="the registry key"):
        await run(store, key, model_for(store, fake, DATA))
    assert (tmp_path / "home" / "id_ed25519").read_text() == content


@pytest.mark.section("E.1")
def test_the_token_address_is_sorted_and_signed_as_it_is_sent() -> None:
    header = 'Bearer realm="https://r.example/token?x=1",service="r.example",scope="repository:a/b:pull push"'
    challenge = Challenge.parse(header, URL("https://r.example"))
    address = challenge.address(12.7, "nonce")
    assert str(address) == (
        "https://r.example/token?nonce=nonce&scope=repository%3Aa%2Fb%3Apull&scope=push&service=r.example&ts=12&x=1"
    )
    empty = "ZTNiMGM0NDI5OGZjMWMxNDlhZmJmNGM4OTk2ZmI5MjQyN2FlNDFlNDY0OWI5MzRjYTQ5NTk5MWI3ODUyYjg1NQ=="
    assert signed_text(address) == f"GET,{address},{empty}".encode()


@pytest.mark.section("E.1", "K")
def test_a_realm_without_tls_is_no_realm_of_a_registry_with_it() -> None:
    with pytest.raises(RegistryError, match="does not match"):
        Challenge.parse('Bearer realm="http://r.example/token"', URL("https://r.example"))


@pytest.mark.section("E.1")
@pytest.mark.parametrize(
    ("name", "insecure", "url"),
    [
        ("x", True, "https://registry.ollama.ai"),
        ("http://registry.ollama.ai/library/x", True, "https://registry.ollama.ai"),
        ("hf.co/u/r", False, "https://hf.co"),
        ("box/a/b", True, "http://box"),
        ("http://box:5000/a/b", True, "http://box:5000"),
        ("http://localhost:5000/a/b", False, "http://localhost:5000"),
    ],
)
def test_where_a_registry_is(name: str, insecure: bool, url: str) -> None:
    assert str(base_url(ModelName.parse(name), insecure=insecure)) == url


@pytest.mark.section("E.1")
async def test_the_registry_hears_from_an_ollama(fake: FakeRegistry, key: KeyPair) -> None:
    fake.add("a/b", b"x")
    async with Registry(ModelName.parse(f"{fake.url}/a/b"), key) as opened:
        assert await opened.manifest() == fake.manifests["a/b:latest"]
    assert USER_AGENT.startswith("ollama/")
    assert fake.agents == {USER_AGENT}
