"""curl itself, as people paste it: the bytes on the wire (the specification's sections 0, A.2 and A.3)."""

from __future__ import annotations

import json
import subprocess
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.conftest import MODEL, QUESTION

if TYPE_CHECKING:
    from tests.e2e.daemon import Daemon

pytestmark = pytest.mark.real

# A bare text to go on with: the small model then really writes Chinese, whose characters span tokens.
POEM = "床前明月光，疑是地上霜。举头望明月，低头思故乡。床前明月光，疑是地上霜。举头望明月，"  # noqa: RUF001
OPTIONS = {"temperature": 0, "seed": 7, "num_predict": 16}
GENERATE = {"model": MODEL, "prompt": QUESTION, "options": OPTIONS}
CHAT = {"model": MODEL, "messages": [{"role": "user", "content": QUESTION}], "options": OPTIONS}
METRICS = [
    "total_duration",
    "load_duration",
    "prompt_eval_count",
    "prompt_eval_duration",
    "eval_count",
    "eval_duration",
]


class Answer:
    """Status, headers in lower case, and body of one curl."""

    def __init__(self, daemon: Daemon, path: str, *arguments: str) -> None:
        command = ["curl", "--silent", "--no-buffer", "--noproxy", "*", "--max-time", "60", "--include"]
        done = subprocess.run([*command, *arguments, daemon.url + path], capture_output=True, check=True, timeout=70)
        head, _, self.body = done.stdout.partition(b"\r\n\r\n")
        first, *headers = head.decode("latin-1").split("\r\n")
        self.status = int(first.split(" ")[1])
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in headers)}

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def lines(self) -> list[Any]:
        """The objects of a stream: a line each, none blank, the last one ended too."""
        *lines, rest = self.body.decode("utf-8").split("\n")
        assert rest == ""
        assert all(lines)
        return [json.loads(line) for line in lines]


def post(daemon: Daemon, path: str, body: object) -> Answer:
    """With curl's own content type, that of a form."""
    return Answer(daemon, path, "--data", json.dumps(body, ensure_ascii=False))


def assert_metrics(last: dict[str, Any], *, tokens: int) -> None:
    assert all(type(last[name]) is int and last[name] > 0 for name in METRICS)
    assert last["eval_count"] == tokens
    assert last["total_duration"] >= last["eval_duration"]


def assert_times(parts: list[dict[str, Any]]) -> None:
    times = [datetime.fromisoformat(part["created_at"]) for part in parts]
    assert all(
        time.utcoffset() == timedelta(0) and part["created_at"].endswith("Z")
        for time, part in zip(times, parts, strict=True)
    )
    assert times == sorted(times)


@pytest.mark.section("A.2", "M.7")
def test_generate_streams_lines(real_daemon: Daemon) -> None:
    answer = post(real_daemon, "/api/generate", GENERATE)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["transfer-encoding"] == "chunked"
    *pieces, last = answer.lines
    assert len(pieces) > 1
    for piece in pieces:
        assert list(piece) == ["model", "created_at", "response", "done"]
        assert piece["model"] == MODEL
        assert piece["response"]
        assert piece["done"] is False
    assert list(last) == ["model", "created_at", "response", "done", "done_reason", "context", *METRICS]
    assert (last["response"], last["done"], last["done_reason"]) == ("", True, "length")
    assert all(type(token) is int for token in last["context"])
    assert len(last["context"]) > last["eval_count"]
    assert_metrics(last, tokens=16)
    assert_times([*pieces, last])


@pytest.mark.section("A.2")
def test_generate_in_one_object(real_daemon: Daemon) -> None:
    streamed = post(real_daemon, "/api/generate", GENERATE).lines
    answer = post(real_daemon, "/api/generate", GENERATE | {"stream": False})
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert not answer.body.endswith(b"\n")
    assert list(answer.json) == ["model", "created_at", "response", "done", "done_reason", "context", *METRICS]
    assert answer.json["response"] == "".join(part["response"] for part in streamed)
    assert answer.json["context"] == streamed[-1]["context"]
    assert answer.json["prompt_eval_count"] == streamed[-1]["prompt_eval_count"]
    assert_metrics(answer.json, tokens=16)


@pytest.mark.section("A.3", "M.3")
def test_chat_streams_lines(real_daemon: Daemon) -> None:
    answer = post(real_daemon, "/api/chat", CHAT)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    *pieces, last = answer.lines
    assert len(pieces) > 1
    for piece in pieces:
        assert list(piece) == ["model", "created_at", "message", "done"]
        assert list(piece["message"]) == ["role", "content"]
        assert piece["message"]["role"] == "assistant"
        assert piece["message"]["content"]
        assert piece["done"] is False
    assert list(last) == ["model", "created_at", "message", "done", "done_reason", *METRICS]
    assert last["message"] == {"role": "assistant", "content": ""}
    assert (last["done"], last["done_reason"]) == (True, "length")
    assert_metrics(last, tokens=16)
    assert_times([*pieces, last])


@pytest.mark.section("A.3", "M.4")
def test_chat_in_one_object(real_daemon: Daemon) -> None:
    streamed = post(real_daemon, "/api/chat", CHAT).lines
    answer = post(real_daemon, "/api/chat", CHAT | {"stream": False})
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert list(answer.json) == ["model", "created_at", "message", "done", "done_reason", *METRICS]
    assert list(answer.json["message"]) == ["role", "content"]
    assert answer.json["message"]["content"] == "".join(part["message"]["content"] for part in streamed)
    assert_metrics(answer.json, tokens=16)


def test_characters_that_span_tokens_arrive_whole(real_daemon: Daemon) -> None:
    body = {"model": MODEL, "prompt": POEM, "raw": True, "options": OPTIONS | {"num_predict": 40}}
    streamed = post(real_daemon, "/api/generate", body).lines
    whole = post(real_daemon, "/api/generate", body | {"stream": False}).json
    text = "".join(part["response"] for part in streamed)
    assert text == whole["response"]
    assert "�" not in text
    assert any("\u4e00" <= character <= "\u9fff" for character in text)
    assert len(streamed) - 1 < whole["eval_count"]  # pieces are fewer than tokens: some were held back
    assert "context" not in whole  # raw mode


@pytest.mark.section("A.2", "M.7")
def test_context_goes_on_where_the_last_reply_ended(real_daemon: Daemon) -> None:
    first = post(real_daemon, "/api/generate", GENERATE | {"stream": False}).json
    second = post(real_daemon, "/api/generate", GENERATE | {"stream": False, "context": first["context"]}).json
    assert second["context"][: len(first["context"])] == first["context"]
    assert second["prompt_eval_count"] > len(first["context"])


@pytest.mark.section("A.2", "M.9")
def test_an_empty_prompt_only_loads(real_daemon: Daemon) -> None:
    answer = post(real_daemon, "/api/generate", {"model": MODEL})
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert list(answer.json) == ["model", "created_at", "response", "done", "done_reason"]
    assert (answer.json["response"], answer.json["done"], answer.json["done_reason"]) == ("", True, "load")


@pytest.mark.section("A.2", "M.6")
@pytest.mark.parametrize("path", ["/api/generate", "/api/chat"])
@pytest.mark.parametrize("stream", [True, False])
def test_an_unknown_model_is_not_found(real_daemon: Daemon, path: str, stream: bool) -> None:
    answer = post(real_daemon, path, {"model": "nobody", "stream": stream, "prompt": "x"})
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json == {"error": "model 'nobody' not found"}


@pytest.mark.section("A.2", "A.6")
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("{", 400),
        ('{"model": 5}', 400),
        ('{"model": "smollm2", "prompt": "x", "options": {"temperature": "hot"}}', 500),
        ('{"model": "smollm2", "prompt": "x", "options": {"stop": "word"}}', 500),
        ('{"model": "smollm2", "prompt": "x", "keep_alive": "10"}', 400),
        ('{"model": "smollm2", "prompt": "x", "format": "xml"}', 500),
        ('{"model": "smollm2", "prompt": "x", "suffix": "y"}', 400),
        ('{"model": "smollm2", "prompt": "x", "think": true}', 400),
        ('{"model": "../smollm2", "prompt": "x"}', 400),
    ],
)
def test_a_bad_request_is_a_clear_error(real_daemon: Daemon, body: str, status: int) -> None:
    answer = Answer(real_daemon, "/api/generate", "--data", body)
    assert answer.status == status
    assert list(answer.json) == ["error"]
    assert isinstance(answer.json["error"], str)
    assert len(answer.json["error"]) > 10
    assert Answer(real_daemon, "/").body == b"Ollama is running"
