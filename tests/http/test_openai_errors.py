"""What holds for every OpenAI-compatible route: the specification's sections 0 and B.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes.backend import add_model
from tests.fakes.observed import replay
from tests.fakes.openai_wire import events, refusal

if TYPE_CHECKING:
    from backend.settings import Settings
    from tests.fakes.wire import Wire

pytestmark = pytest.mark.section("B.1")

JSON_ROUTES = ["/v1/chat/completions", "/v1/completions", "/v1/embeddings"]


@pytest.mark.section("0")
@pytest.mark.parametrize("path", JSON_ROUTES)
@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "EOF"),
        (b" \n", "EOF"),
        (b"x", "invalid JSON: "),
        (b"[1", "invalid JSON: "),
        (b"[]", "Expected `object`"),
        (b'{"model": 5}', "Expected `str`"),
        (b'{"model": "m", "stream": "yes"}', "Expected "),
        (b'{"a":' + b"[" * 100 + b"]" * 100 + b"}", "the JSON is nested"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused_in_the_envelope(
    wire: Wire, path: str, body: bytes, text: str
) -> None:
    if path == "/v1/embeddings" and b"stream" in body:
        body = b'{"model": "m", "dimensions": "many"}'
    status, message = refusal(await wire.send("POST", path, body))
    assert (status, message[: len(text)]) == (400, text)


@pytest.mark.parametrize("path", JSON_ROUTES)
async def test_keys_match_in_any_case_and_unknown_ones_are_ignored(wire: Wire, path: str) -> None:
    body = b'{"MODEL":"nobody","Messages":[{"Role":"user","CONTENT":"x"}],"Input":"x","future":[1],"user":null}'
    answer = await wire.send("POST", path, body, {"Authorization": "Bearer ollama"})
    status, message = refusal(answer)
    assert (status, "nobody" in message) == (404, True)


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/nope", "/v1/images/generations", "/v1/chat"])
async def test_an_unknown_path_is_plain_text(wire: Wire, path: str) -> None:
    for method in ("GET", "POST"):
        answer = await wire.send(method, path)
        assert (answer.status, answer.body) == (404, b"404 page not found")
        assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("path", [*JSON_ROUTES, "/v1/audio/transcriptions"])
async def test_a_wrong_method_is_plain_text(wire: Wire, path: str) -> None:
    answer = await wire.get(path)
    assert (answer.status, answer.body, answer.headers["Allow"]) == (405, b"405 method not allowed", "POST")


@pytest.mark.usefixtures("_replaying")
async def test_a_defect_is_logged_and_told_in_the_stream(
    wire: Wire, backend: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    add_model(backend, "m")
    good = {"choices": [{"index": 0, "finish_reason": None, "delta": {"content": "a"}}]}
    senseless = {"choices": [{"index": 0}]}
    messages = [{"role": "user", "content": replay(good, senseless)}]
    _, last = events(await wire.post(JSON_ROUTES[0], model="m", messages=messages, stream=True))
    assert last["error"]["message"] == "the backend failed; its log says why"
    messages = [{"role": "user", "content": replay(senseless)}]
    answer = await wire.post(JSON_ROUTES[0], model="m", messages=messages)
    assert (answer.status, answer.body) == (500, b"")
    assert caplog.messages == ["POST /v1/chat/completions failed"] * 2
