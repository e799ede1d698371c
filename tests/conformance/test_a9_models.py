"""Sections A.7 to A.12 of the specification, where the tests of the HTTP side leave a sentence open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import orjson
import pytest

from tests.fakes.backend import add_model

if TYPE_CHECKING:
    from backend.settings import Settings
    from tests.fakes.wire import Wire

STOP = 'with "quotes" and ö'


@pytest.mark.section("A.7", "M.2")
async def test_tags_have_no_expiry_and_whole_digests(wire: Wire, backend: Settings) -> None:
    assert (await wire.get("/api/tags")).json == {"models": []}
    add_model(backend, "me/m:v1")
    (item,) = (await wire.get("/api/tags")).json["models"]
    assert "expires_at" not in item
    assert (item["name"], item["model"]) == ("me/m:v1", "me/m:v1")
    assert re.fullmatch("[0-9a-f]{64}", item["digest"])
    details = ("parent_model", "format", "family", "families", "parameter_size", "quantization_level")
    assert list(item["details"])[:6] == [*details]


@pytest.mark.section("A.7")
async def test_a_model_that_cannot_be_read_hides_no_other(wire: Wire, backend: Settings) -> None:
    add_model(backend, "good")
    folder = backend.models / "manifests" / "registry.ollama.ai" / "library" / "bad"
    folder.mkdir()
    (folder / "latest").write_text("{")
    assert [item["name"] for item in (await wire.get("/api/tags")).json["models"]] == ["good:latest"]


@pytest.mark.section("A.9", "M.10")
async def test_show_ignores_what_only_old_clients_send(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", system="of the model")
    plain = (await wire.post("/api/show", model="m")).json
    asked = (await wire.post("/api/show", name="M", system="x", template="y", options={"num_ctx": "z"})).json
    assert asked == plain
    assert asked["system"] == "of the model"
    assert asked["model_info"]["general.architecture"] == "llama"
    assert asked["model_info"]["llama.context_length"] == 2048
    assert {"general.name", "tokenizer.chat_template"}.isdisjoint(asked["model_info"])
    assert asked["model_info"]["general.parameter_count"] > 0
    assert asked["model_info"]["tokenizer.ggml.tokens"] is None
    assert {"renderer", "parser", "remote_model", "remote_host"}.isdisjoint(asked)
    verbose = (await wire.post("/api/show", model="m", verbose=True)).json
    assert len(verbose["model_info"]["tokenizer.ggml.tokens"]) == 64


@pytest.mark.section("A.9")
async def test_parameters_are_lines_that_continue_can_read(wire: Wire, backend: Settings) -> None:
    parameters = {"temperature": 0.5, "num_ctx": 99, "stop": [STOP, "two"], "use_mmap": True}
    add_model(backend, "m", parameters=parameters)
    read: dict[str, list[object]] = {}
    for line in (await wire.post("/api/show", model="m")).json["parameters"].split("\n"):
        match = re.match(r'^(\S+)\s+((?:".*")|\S+)$', line)
        assert match is not None
        assert line.startswith(f"{match[1]:<30} ")
        read.setdefault(match[1], []).append(orjson.loads(match[2]))
    assert read == {"temperature": [0.5], "num_ctx": [99], "stop": [STOP, "two"], "use_mmap": [True]}


@pytest.mark.section("A.11", "C")
async def test_a_copy_may_overwrite_and_be_of_itself(wire: Wire, backend: Settings) -> None:
    add_model(backend, "a", system="a")
    add_model(backend, "b", system="b")
    for source, destination in (("a", "A:latest"), ("a", "b"), ("a", "b:local")):
        answer = await wire.post("/api/copy", source=source, destination=destination)
        assert (answer.status, answer.body) == (200, b"")
    models = (await wire.get("/api/tags")).json["models"]
    assert {item["name"] for item in models} == {"a:latest", "b:latest", "b:local"}  # no suffix here, but a tag
    assert (await wire.post("/api/show", model="b")).json["system"] == "a"
    assert (await wire.post("/api/copy", source=" a", destination="c")).refusal == (400, 'source " a" is invalid')


@pytest.mark.section("A.12")
async def test_deleting_leaves_a_running_copy_alone(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    assert (await wire.post("/api/generate", model="m", prompt="")).json["done_reason"] == "load"
    answer = await wire.send("DELETE", "/api/delete", b'{"name":"M"}')
    assert (answer.status, answer.body) == (200, b"")
    assert [item["name"] for item in (await wire.get("/api/ps")).json["models"]] == ["m:latest"]
    assert not (backend.models / "manifests" / "registry.ollama.ai" / "library" / "m").exists()


@pytest.mark.section("A.10")
async def test_a_blob_may_be_of_any_type_and_size(wire: Wire) -> None:
    digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # of nothing
    assert (await wire.send("POST", f"/api/blobs/{digest}", b"", {"Content-Type": "text/html"})).status == 201
    assert (await wire.send("POST", f"/api/blobs/{digest}", b"")).status == 200
    absent = await wire.send("HEAD", f"/api/blobs/sha256-{'0' * 64}")
    assert (absent.status, absent.body) == (404, b"")
