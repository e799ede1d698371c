"""What holds for every route: the specification's section 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes.backend import add_model
from tests.fakes.wire import JSON, NDJSON

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from backend.settings import Settings
    from tests.fakes.wire import Wire

pytestmark = pytest.mark.section("0")

JSON_ROUTES = [
    *(("POST", f"/api/{name}") for name in ("generate", "chat", "embed", "embeddings")),
    *(("POST", f"/api/{name}") for name in ("show", "copy", "create", "pull", "push")),
    ("DELETE", "/api/delete"),
]


@pytest.mark.parametrize(("method", "path"), JSON_ROUTES)
@pytest.mark.parametrize("body", [None, b"", b" \n"])
async def test_an_empty_body_is_refused(wire: Wire, method: str, path: str, body: bytes | None) -> None:
    answer = await wire.send(method, path, body)
    assert answer.refusal == (400, "missing request body")


@pytest.mark.parametrize(("method", "path"), JSON_ROUTES)
@pytest.mark.parametrize("body", [b"x", b'{"model":', b"[1", b'{"model": "m" "n"}', b"\xff\xfe"])
async def test_broken_json_is_refused(wire: Wire, method: str, path: str, body: bytes) -> None:
    status, text = (await wire.send(method, path, body)).refusal
    assert status == 400
    assert text.startswith("invalid JSON: ")


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"5", b"null", b'{"model": 5}', b'{"model": {"a": 1}}'])
async def test_json_of_the_wrong_type_is_refused(wire: Wire, body: bytes) -> None:
    status, text = (await wire.send("POST", "/api/generate", body)).refusal
    assert status == 400
    assert text.startswith("Expected ")


async def test_what_follows_the_first_json_value_is_ignored(wire: Wire) -> None:
    answer = await wire.send("POST", "/api/show", '{"model":"ä"}{"model":"b"} }'.encode())
    assert answer.refusal == (400, "invalid model name")
    answer = await wire.send("POST", "/api/show", b'{"model":"a"}\n{"model":"b"}')
    assert answer.refusal == (404, "model 'a:latest' not found")


async def test_keys_match_in_any_case_and_unknown_ones_are_ignored(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    messages = [{"Role": "user", "CONTENT": "«yes»", "future": 1}]
    reply = await wire.post("/api/chat", MODEL="m", Messages=messages, STREAM=False, future={"a": [1]})
    assert reply.json["message"]["content"] == "yes"


async def test_the_last_of_equal_keys_wins(wire: Wire) -> None:
    answer = await wire.send("POST", "/api/show", b'{"model":"a","model":"b"}')
    assert answer.refusal == (404, "model 'b:latest' not found")


async def test_null_means_not_given(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    given = ("stream", "options", "think", "keep_alive", "images", "format", "raw", "truncate", "shift", "context")
    reply = await wire.post("/api/generate", model="m", prompt="hi", **dict.fromkeys(given))
    assert reply.lines[-1]["done"] is True


async def test_the_form_type_of_curl_is_read_as_json(wire: Wire) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await wire.send("POST", "/api/show", b'{"model":"a"}', headers)
    assert answer.refusal == (404, "model 'a:latest' not found")


async def test_deep_json_is_refused(wire: Wire) -> None:
    for depth in (63, 64, 1000, 100_000):
        body = b'{"model":"m","options":{"x":' + b"[" * depth + b"]" * depth + b"}}"
        status, text = (await wire.send("POST", "/api/generate", body)).refusal
        assert status == (404 if depth == 63 else 400)
        assert ("not found" if depth == 63 else "deep" if depth < 1024 else "invalid JSON") in text


@pytest.mark.section("K")
async def test_a_body_that_announces_too_much_is_refused_unread(wire: Wire) -> None:
    request = b"POST /api/show HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999999\r\n\r\n{"
    assert b" 413 " in await wire.head_of(request)


@pytest.fixture
def _small_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.http.server.MAX_BYTES", 100)


@pytest.mark.usefixtures("_small_bodies")
async def test_a_body_that_grows_without_announcement_is_cut_off(wire: Wire) -> None:
    async with wire.session.post("/api/show", data=_chunks()) as response:
        assert response.status == 413
        assert (await response.json())["error"].startswith("the request body is larger than")


async def _chunks() -> AsyncIterator[bytes]:
    for _ in range(20):
        yield b"x" * 10


@pytest.mark.parametrize("path", ["/api", "/api/", "/nope", "/nope/", "/api/tags/x", "/puna/v1"])
async def test_an_unknown_path_is_not_found(wire: Wire, path: str) -> None:
    for method in ("GET", "POST", "DELETE", "HEAD"):
        answer = await wire.send(method, path)
        assert answer.status == 404
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert answer.body == (b"" if method == "HEAD" else b"404 page not found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/api/generate", "POST"), ("POST", "/api/tags", "GET,HEAD"), ("POST", "/api/delete", "DELETE")],
)
async def test_a_wrong_method_names_the_right_one(wire: Wire, method: str, path: str, allowed: str) -> None:
    answer = await wire.send(method, path)
    assert (answer.status, answer.body) == (405, b"405 method not allowed")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["Allow"] == allowed


async def test_a_trailing_slash_is_redirected(wire: Wire) -> None:
    answer = await wire.send("GET", "/api/tags/?a=1")
    assert (answer.status, answer.headers["Location"]) == (301, "/api/tags?a=1")
    for method, path in (("POST", "/api/show"), ("DELETE", "/api/delete"), ("HEAD", "/api/tags")):
        answer = await wire.send(method, f"{path}/")
        assert (answer.status, answer.headers["Location"]) == (307, path)


async def test_no_redirect_leads_elsewhere(wire: Wire) -> None:
    head = await wire.head_of(b"GET //example.com/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404 ")


@pytest.mark.section("A.1")
async def test_head_is_answered_on_the_routes_of_liveness_alone(wire: Wire) -> None:
    for path in ("/", "/api/version", "/api/tags"):
        answer = await wire.send("HEAD", path)
        assert (answer.status, answer.body) == (200, b"")
    for path in ("/api/ps", "/api/show", "/puna/v1/events", "/puna/v1/requests"):
        assert (await wire.send("HEAD", path)).status == 405


@pytest.mark.section("A.1", "M.1")
async def test_the_server_says_that_it_runs(wire: Wire) -> None:
    answer = await wire.get("/")
    assert (answer.status, answer.body) == (200, b"Ollama is running")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert set((await wire.get("/api/version")).json["version"]) <= set("0123456789.")


async def test_json_comes_without_a_newline_and_streams_with_one_per_object(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    answer = await wire.post("/api/generate", model="m", prompt="hi", stream=False)
    assert answer.headers["Content-Type"] == JSON
    assert answer.body.endswith(b"}")
    answer = await wire.post("/api/generate", model="m", prompt="hi")
    assert answer.headers["Content-Type"] == NDJSON
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert answer.body.endswith(b"}\n")
    assert b"\n\n" not in answer.body


async def test_text_that_json_cannot_carry_is_refused_or_replaced(wire: Wire) -> None:
    status, _ = (await wire.send("POST", "/api/show", b'{"model":"\\ud800"}')).refusal
    assert status == 400
