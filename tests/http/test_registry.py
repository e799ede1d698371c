"""`/api/pull`, `/api/push`, `/api/create` with a base that is missing, and `/v2/` (sections A, E and F.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from backend.client import Client
from backend.store import Digest, ModelName, Store
from backend.store.manifest import MANIFEST
from tests.fakes.backend import add_model
from tests.fakes.gguf_file import gguf_bytes
from tests.fakes.registry import FakeRegistry, registry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from backend.settings import Settings
    from tests.fakes.wire import Wire

GGUF = gguf_bytes()
SHARED = pytest.mark.parametrize("settings", [{"PUNA_SHARE": "1"}], indirect=True)


@pytest.fixture
async def fake() -> AsyncIterator[FakeRegistry]:
    async with registry() as started:
        yield started


def statuses(lines: list[Any]) -> list[str]:
    return [line.get("status", "error") for line in lines if "digest" not in line]


@pytest.mark.section("E.2", "M.17")
async def test_a_pull_streams_its_progress(wire: Wire, fake: FakeRegistry) -> None:
    fake.add("a/b", GGUF)
    answer = await wire.post("/api/pull", model=f"{fake.url}/a/b", insecure=True)
    assert (answer.status, statuses(answer.lines)) == (
        200,
        ["pulling manifest", "verifying sha256 digest", "writing manifest", "success"],
    )
    assert answer.body.startswith(b'{"status":"pulling manifest"}\n')


@pytest.mark.section("0", "E.2")
async def test_a_pull_without_a_stream_is_one_object(wire: Wire, fake: FakeRegistry) -> None:
    fake.add("a/b", GGUF)
    answer = await wire.post("/api/pull", name=f"{fake.url}/a/b", insecure=True, stream=False)
    assert answer.json == {"status": "success"}


@pytest.mark.section("E.2")
async def test_a_failed_pull_is_a_line_or_a_status(wire: Wire, fake: FakeRegistry) -> None:
    words = "pull model manifest: file does not exist"
    answer = await wire.post("/api/pull", model=f"{fake.url}/a/b", insecure=True)
    assert answer.lines == [{"status": "pulling manifest"}, {"error": words}]
    answer = await wire.post("/api/pull", model=f"{fake.url}/a/b", insecure=True, stream=False)
    assert answer.refusal == (500, words)
    assert (await wire.post("/api/pull", model="a/b/c/../d")).refusal == (400, "invalid model name")


@pytest.mark.section("E.4")
async def test_a_push_and_a_pull_give_equal_manifests(wire: Wire, fake: FakeRegistry, backend: Settings) -> None:
    name = f"{fake.url}/a/b"
    add_model(backend, f"{fake.host}/a/b")
    before = Store(backend.models).manifest_bytes(ModelName.parse(name))
    answer = await wire.post("/api/push", model=name, insecure=True)
    assert statuses(answer.lines) == ["retrieving manifest", "pushing manifest", "success"]
    assert {line["status"][:8] for line in answer.lines if "digest" in line} == {"pushing "}
    await wire.send("DELETE", "/api/delete", b'{"model":"%s"}' % name.encode())
    await wire.post("/api/pull", model=name, insecure=True)
    assert Store(backend.models).manifest_bytes(ModelName.parse(name)) == before


@pytest.mark.section("E.4")
async def test_refused_pushes(wire: Wire) -> None:
    assert (await wire.post("/api/push")).refusal == (400, "model is required")
    assert (await wire.post("/api/push", model="a b")).refusal == (400, "invalid model name")
    answer = await wire.post("/api/push", model="unknown")
    assert answer.lines == [
        {"status": "retrieving manifest"},
        {"status": "couldn't retrieve manifest"},
        {"error": "model 'unknown:latest' not found"},
    ]


@pytest.mark.section("F.3")
async def test_create_pulls_a_base_that_is_missing(wire: Wire, fake: FakeRegistry, client: Client) -> None:
    fake.add("a/b", GGUF)
    answer = await wire.post("/api/create", **{"model": "mine", "from": f"{fake.url}/a/b", "system": "Be brief."})
    said = statuses(answer.lines)
    assert said[0] == "pulling manifest"
    assert said[-1] == "success"
    assert said.count("success") == 1
    assert (await client.show("mine")).system == "Be brief."


async def test_create_with_a_base_nobody_has_is_an_error(wire: Wire, fake: FakeRegistry) -> None:
    answer = await wire.post("/api/create", **{"model": "mine", "from": f"{fake.url}/a/b"})
    assert answer.lines[-1] == {"error": "pull model manifest: file does not exist"}


async def test_nothing_is_shared_unless_told(wire: Wire, backend: Settings) -> None:
    add_model(backend, "tiny")
    for path in ("/v2/", "/v2/library/tiny/manifests/latest"):
        assert (await wire.get(path)).status == 404


@SHARED
async def test_a_shared_store_is_a_registry(wire: Wire, backend: Settings) -> None:
    add_model(backend, "tiny")
    store = Store(backend.models)
    model = store.get(ModelName("tiny"))
    data = store.manifest_bytes(model.name)
    assert (await wire.get("/v2/")).body == b"{}"
    answer = await wire.get("/v2/library/Tiny/manifests/latest")
    assert (answer.status, answer.headers["Content-Type"], answer.body) == (200, MANIFEST, data)
    assert answer.headers["Docker-Content-Digest"] == str(Digest.of(data))
    path = f"/v2/library/tiny/blobs/{model.manifest.config.digest}"
    content = store.blobs.path(model.manifest.config.digest).read_bytes()
    head = await wire.send("HEAD", path)
    assert (head.status, head.headers["Content-Length"], head.body) == (200, str(len(content)), b"")
    assert (await wire.get(path)).body == content
    part = await wire.send("GET", path, headers={"Range": "bytes=2-5"})
    assert (part.status, part.body) == (206, content[2:6])
    assert part.headers["Content-Range"] == f"bytes 2-5/{len(content)}"


@SHARED
async def test_only_models_are_shared(wire: Wire, backend: Settings) -> None:
    add_model(backend, "tiny")
    add_model(backend, "hf.co/library/other", system="secret")
    store = Store(backend.models)
    loose = store.blobs.put(b"loose")
    foreign = store.get(ModelName.parse("hf.co/library/other")).manifest.layers[-1].digest
    for path in (f"tiny/blobs/{loose}", f"tiny/blobs/{foreign}", f"other/blobs/{foreign}", "other/manifests/latest"):
        assert (await wire.get(f"/v2/library/{path}")).status == 404
    for path in ("tiny/blobs/sha256:..%2f..%2fx", "..%2f..%2fx/manifests/latest"):
        assert (await wire.get(f"/v2/library/{path}")).status in {400, 404}
    for method in ("PUT", "POST", "DELETE", "PATCH"):
        assert (await wire.send(method, "/v2/library/tiny/manifests/latest")).status == 405


@SHARED
async def test_boxes_pull_from_each_other(wire: Wire, backend: Settings, tmp_path: Path) -> None:
    from tests.e2e.daemon import FAKE_RUNNERS, daemon

    add_model(backend, "tiny")
    with daemon(tmp_path / "other", FAKE_RUNNERS, PUNA_SHARE="1") as other:
        async with Client(other.settings) as client:
            *_, last = [step async for step in client.pull(f"{backend.address.url}/library/tiny")]
            assert last.status == "success"
            add_model(other.settings, "own", metadata={"general.name": "own"})
        answer = await wire.post("/api/pull", model=f"{other.url}/library/own")
        assert answer.lines[-1] == {"status": "success"}
        name = ModelName.parse(f"{backend.address.url}/library/tiny")
        pulled = Store(other.settings.models).manifest_bytes(name)
    assert pulled == Store(backend.models).manifest_bytes(ModelName("tiny"))
