"""Section A.1 of the specification: which routes there are, and what the ones of ollama.com answer without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from tests.fakes.backend import add_model

if TYPE_CHECKING:
    from backend.settings import Settings
    from tests.fakes.wire import Wire

pytestmark = pytest.mark.section("A.1")

DIGEST = "sha256:" + "0" * 64
WITH_HEAD = ("/", "/api/version", "/api/tags")
GET = ("/api/status", "/api/ps", "/api/experimental/model-recommendations", "/v1/models", "/v1/models/m")
POST = (
    *(f"/api/{name}" for name in ("show", "generate", "chat", "embed", "embeddings", "create", "copy", "pull", "push")),
    *(f"/api/{name}" for name in ("me", "signout", "experimental/web_search", "experimental/web_fetch")),
    *(f"/v1/{name}" for name in ("chat/completions", "completions", "embeddings", "responses", "messages")),
    "/v1/audio/transcriptions",
)
DELETE = ("/api/delete", "/api/user/keys/k")
BLOB = f"/api/blobs/{DIGEST}"
METHODS = {
    **dict.fromkeys(WITH_HEAD, "GET,HEAD"),
    **dict.fromkeys(GET, "GET"),
    **dict.fromkeys(POST, "POST"),
    **dict.fromkeys(DELETE, "DELETE"),
    BLOB: "HEAD,POST",
}


@pytest.mark.section("0")
@pytest.mark.parametrize("path", METHODS)
async def test_a_route_has_its_methods_and_no_others(wire: Wire, path: str) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        answer = await wire.send(method, path)
        if method in METHODS[path].split(","):
            assert answer.status != 405
            assert answer.body != b"404 page not found"
        else:
            assert answer.status == 405
            assert answer.headers["Allow"] == METHODS[path]
            assert answer.body == (b"" if method == "HEAD" else b"405 method not allowed")


@pytest.mark.parametrize("path", ["/v1/images/generations", "/v1/images/edits", "/v1", "/api/nope"])
async def test_there_are_no_others(wire: Wire, path: str) -> None:
    answer = await wire.send("POST", path, b"{}")
    assert (answer.status, answer.body) == (404, b"404 page not found")


async def test_nothing_of_the_cloud_is_there(wire: Wire) -> None:
    assert (await wire.get("/api/status")).json == {"cloud": {"disabled": True, "source": "config"}}
    assert (await wire.get("/api/experimental/model-recommendations")).json == {"recommendations": []}
    for name, words in (("web_search", "web search"), ("web_fetch", "web fetch")):
        answer = await wire.post(f"/api/experimental/{name}", query="x", url="http://example.com")
        assert answer.refusal == (403, f"ollama cloud is disabled: {words} is unavailable")


async def test_nobody_is_signed_in(wire: Wire) -> None:
    assert (await wire.send("POST", "/api/me")).refusal == (503, "account unavailable")
    signed_out = (401, "you are not currently signed in")
    assert (await wire.send("POST", "/api/signout")).refusal == signed_out
    assert (await wire.send("DELETE", "/api/user/keys/c3NoLWVk")).refusal == signed_out


@pytest.mark.section("M.17", "M.24")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "show", 200),
        ("POST", "create", 400),  # of what it shall be made is not said
        ("POST", "pull", 500),  # there is no such registry
        ("POST", "push", 500),
        ("DELETE", "delete", 200),
    ],
)
async def test_name_is_the_old_spelling_of_model(
    wire: Wire, backend: Settings, method: str, path: str, status: int
) -> None:
    add_model(backend, "127.0.0.1:1/a/m")
    answer = await wire.send(method, f"/api/{path}", orjson.dumps({"name": "127.0.0.1:1/a/m", "stream": False}))
    assert answer.status == status
    assert b"model is required" not in answer.body


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("generate", (404, "model '' not found")),
        ("chat", (400, "model is required")),
        ("embed", (404, "model '' not found")),
        ("embeddings", (400, "model is required")),
        ("copy", (400, 'source "" is invalid')),
    ],
)
async def test_elsewhere_name_is_unknown(wire: Wire, backend: Settings, path: str, refusal: tuple[int, str]) -> None:
    add_model(backend, "m")
    assert (await wire.post(f"/api/{path}", name="m", prompt="x", input="x", destination="x")).refusal == refusal
