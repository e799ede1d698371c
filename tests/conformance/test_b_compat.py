"""Section B of the specification, where the tests of the HTTP side leave a sentence open."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from tests.fakes.backend import add_model
from tests.fakes.observed import replay
from tests.fakes.sse import events

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from backend.settings import Settings
    from tests.fakes.wire import Wire

HI = [{"role": "user", "content": "hi"}]
BODIES: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"messages": HI},
    "/v1/completions": {"prompt": "hi"},
    "/v1/embeddings": {"input": "hi"},
    "/v1/responses": {"input": "hi"},
    "/v1/messages": {"messages": HI, "max_tokens": 9},
}
GO = "{{ range .Messages }}{{ .Content }}{{ end }}"


@pytest.mark.section("B")
@pytest.mark.parametrize("path", BODIES)
async def test_unknown_fields_and_keys_are_ignored_and_zstd_is_read(wire: Wire, backend: Settings, path: str) -> None:
    add_model(backend, "m")
    body = {"Model": "m", **BODIES[path], "future": {"a": [1]}, "user": "u", "metadata": {"a": "b"}, "STREAM": None}
    keys = {"Authorization": "Bearer anything", "x-api-key": "anything"}
    plain = await wire.send("POST", path, orjson.dumps(body), keys)
    packed = await wire.send("POST", path, zstd.compress(orjson.dumps(body)), {"Content-Encoding": "zstd"})
    assert (plain.status, packed.status) == (200, 200)


@pytest.mark.section("B.1", "B.8")
@pytest.mark.parametrize("path", BODIES)
async def test_the_errors_are_the_native_ones_in_another_envelope(wire: Wire, backend: Settings, path: str) -> None:
    add_model(backend, "m")
    for name, status, kind, words in (
        ("nobody", 404, "not_found_error", "not found"),
        ("a b", 400, "invalid_request_error", "invalid model name"),
    ):
        answer = await wire.post(path, model=name, **BODIES[path])
        error = orjson.loads(answer.body)["error"]
        assert (answer.status, error["type"], words in error["message"]) == (status, kind, True)
    answer = await wire.post(path, model="m:cloud", **BODIES[path])
    assert answer.status == 403
    assert "ollama cloud is disabled" in orjson.loads(answer.body)["error"]["message"]


@pytest.mark.usefixtures("_replaying")
@pytest.mark.section("B.8")
@pytest.mark.parametrize(
    ("word", "reason"), [("END", {"stop_reason": "stop_sequence", "stop_sequence": "END"}), ("of the model", None)]
)
async def test_a_stop_sequence_is_named_where_the_engine_tells_it(
    wire: Wire, backend: Settings, word: str, reason: dict[str, str] | None
) -> None:
    add_model(backend, "m", template=GO)
    stopped = {"content": "", "stop": True, "stop_type": "word", "stopping_word": word, "timings": {}}
    prompt = replay({"content": "one", "stop": False}, stopped)
    fields = {
        "model": "m",
        "max_tokens": 9,
        "stop_sequences": ["END"],
        "messages": [{"role": "user", "content": prompt}],
    }
    expected = reason or {"stop_reason": "end_turn"}
    reply = (await wire.post("/v1/messages", **fields)).json
    assert {name: reply[name] for name in ("stop_reason", "stop_sequence") if name in reply} == expected
    *_, (_, changed), _ = events(await wire.post("/v1/messages", stream=True, **fields))
    assert changed["delta"] == expected
