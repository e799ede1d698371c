"""Files that are no models, and models that no engine loads: clear errors, nothing broken, nothing lost."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.e2e.conftest import MODEL
from tests.e2e.daemon import FAKE_RUNNERS, daemon
from tests.e2e.weights import edited
from tests.fakes.backend import add_model
from tests.fakes.gguf_file import gguf_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.daemon import Daemon

GOOD = gguf_bytes()
HUGE = (1 << 60).to_bytes(8, "little")


@pytest.fixture(scope="module")
def with_fakes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """What happens at create is the same with any engine."""
    with daemon(tmp_path_factory.mktemp("fakes"), FAKE_RUNNERS) as started:
        add_model(started.settings, MODEL)
        yield started


def http_client(daemon: Daemon) -> httpx.Client:
    return httpx.Client(base_url=daemon.url, trust_env=False, timeout=30)


def upload(http: httpx.Client, data: bytes) -> str:
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    assert http.post(f"/api/blobs/{digest}", content=data).status_code in {200, 201}
    return digest


def tree(folder: Path) -> dict[str, str]:
    """Every file below, by its content."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def assert_error(response: httpx.Response, status: int, words: str) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("application/json")
    assert list(response.json()) == ["error"]
    assert words in response.json()["error"]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(GOOD[: len(GOOD) - 500], "cut off", id="without its end"),
        pytest.param(GOOD[:100], "more than it can hold", id="within its header"),
        pytest.param(b"FUGG" + GOOD[4:], "GGUF", id="wrong magic"),
        pytest.param(GOOD[:4] + b"\x09" + GOOD[5:], "version", id="unknown version"),
        pytest.param(GOOD[:8] + HUGE + GOOD[16:], "tensors", id="absurd number of tensors"),
        pytest.param(GOOD[:16] + HUGE + GOOD[24:], "metadata keys", id="absurd number of keys"),
        pytest.param(GOOD[:24] + HUGE + GOOD[32:], "cut off", id="absurd length of a text"),
        pytest.param(b"", "GGUF", id="empty"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(1000), "GGUF", id="a picture"),
    ],
)
def test_a_file_that_is_no_model_is_refused(with_fakes: Daemon, data: bytes, words: str, stream: bool) -> None:
    with http_client(with_fakes) as http:
        digest = upload(http, data)
        before = tree(with_fakes.settings.models)
        for name in ("new", MODEL):
            body = {"model": name, "files": {"model.gguf": digest}, "stream": stream}
            response = http.post("/api/create", json=body)
            if stream and response.status_code == 200:
                assert list(json.loads(response.text.splitlines()[-1])) == ["error"]
                assert words in json.loads(response.text.splitlines()[-1])["error"]
            else:
                assert_error(response, 400, words)
        assert tree(with_fakes.settings.models) == before
        assert_error(http.post("/api/show", json={"model": "new"}), 404, "not found")
        assert http.post("/api/generate", json={"model": MODEL, "prompt": "Hi", "stream": False}).status_code == 200


def test_an_upload_that_is_not_what_it_says_leaves_nothing(with_fakes: Daemon) -> None:
    with http_client(with_fakes) as http:
        before = tree(with_fakes.settings.models)
        promised = "sha256:" + hashlib.sha256(b"something else").hexdigest()
        assert_error(http.post(f"/api/blobs/{promised}", content=GOOD), 400, "digest mismatch")
        assert_error(http.post("/api/blobs/sha256:abc", content=GOOD), 400, "invalid digest format")
        body = {"model": "new", "files": {"model.gguf": promised}}
        assert http.post("/api/create", json=body).text.count('"error"') == 1
        assert tree(with_fakes.settings.models) == before


@pytest.mark.real
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param(
            b"\x05\0\0\0\0\0\0\0llama", b"\x05\0\0\0\0\0\0\0lhama", "unknown model architecture: 'lhama'", id="arch"
        ),
        pytest.param(b"output_norm.weight", b"output_form.weight", "output_norm.weight", id="tensor"),
    ],
)
def test_what_only_the_engine_sees_is_told_in_its_words(
    real_daemon: Daemon, smollm2_gguf: Path, tmp_path: Path, old: bytes, new: bytes, words: str
) -> None:
    data = edited(smollm2_gguf, tmp_path / "bad.gguf", old, new).read_bytes()
    with http_client(real_daemon) as http:
        body = {"model": "bad", "files": {"model.gguf": upload(http, data)}, "stream": False}
        assert http.post("/api/create", json=body).json() == {"status": "success"}
        try:
            for path in ("/api/generate", "/api/chat"):
                body = {"model": "bad", "prompt": "Hi", "messages": [{"role": "user", "content": "Hi"}]}
                response = http.post(path, json=body)
                assert_error(response, 500, words)
                assert str(real_daemon.settings.models) not in response.text
            assert "bad:latest" not in [model["name"] for model in http.get("/api/ps").json()["models"]]
        finally:
            assert http.request("DELETE", "/api/delete", json={"model": "bad"}).status_code == 200
        good = {"model": MODEL, "prompt": "Hi", "stream": False, "options": {"num_predict": 2}}
        assert http.post("/api/generate", json=good).status_code == 200


@pytest.mark.real
def test_a_truncated_real_model_is_refused(real_daemon: Daemon, smollm2_gguf: Path) -> None:
    with http_client(real_daemon) as http:
        digest = upload(http, smollm2_gguf.read_bytes()[:50_000_000])
        body = {"model": "half", "files": {"model.gguf": digest}, "stream": False}
        assert_error(http.post("/api/create", json=body), 400, "cut off")
