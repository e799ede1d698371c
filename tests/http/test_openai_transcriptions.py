"""`POST /v1/audio/transcriptions`: the specification's section B.7."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests.fakes.backend import add_model
from tests.fakes.observed import asked
from tests.fakes.openai_wire import document, refusal
from tests.fakes.wire import Answer

if TYPE_CHECKING:
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from tests.fakes.wire import Wire

pytestmark = pytest.mark.section("B.7")

PATH = "/v1/audio/transcriptions"
WAV = b"RIFF\x24\0\0\0WAVEfmt "
MULTIPART = {"Content-Type": "multipart/form-data; boundary=b"}


async def transcribe(wire: Wire, audio: bytes | None = WAV, **fields: str) -> Answer:
    form = aiohttp.FormData({"model": "m", **fields}, default_to_multipart=True)
    if audio is not None:
        form.add_field("file", audio, filename="speech.wav", content_type="audio/wav")
    async with wire.session.post(PATH, data=form) as response:
        return Answer(response.status, response.headers, await response.read())


async def test_the_engine_hears_the_recording(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    answer = await transcribe(wire, language="de", prompt="«guten Tag»", temperature="0.5")
    assert list(document(answer)) == ["text"]
    (sent,) = await asked(runners[0])
    system, heard = sent["messages"]
    assert system["role"] == "system"
    assert "Transcribe" in system["content"]
    assert "language is de" in system["content"]
    text, audio = heard["content"]
    assert text == {"type": "text", "text": "«guten Tag»"}
    assert audio["type"] == "input_audio"
    assert audio["input_audio"]["format"] == "wav"
    assert audio["input_audio"]["data"].startswith("UklGR")
    assert sent["temperature"] == 0


@pytest.mark.parametrize("start", [b"ID3\x04", b"\xff\xfb\x90", b"fLaC"])
async def test_other_recordings(runners: list[RunnerHandle], wire: Wire, backend: Settings, start: bytes) -> None:
    add_model(backend, "m")
    assert (await transcribe(wire, start + bytes(20))).status == 200
    (sent,) = await asked(runners[0])
    assert sent["messages"][1]["content"][1]["input_audio"]["format"] == "mp3"


async def test_the_text_comes_bare_if_wanted(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    answer = await transcribe(wire, prompt="«hallo»", response_format="text")
    assert answer.headers["Content-Type"].startswith("text/plain")
    whole = document(await transcribe(wire, prompt="«hallo»", response_format="verbose_json"))
    assert whole == {"text": answer.body.decode()}


async def test_errors_come_in_the_envelope(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    assert refusal(await transcribe(wire, model="")) == (400, "model is required")
    assert refusal(await transcribe(wire, model="nobody")) == (404, "model 'nobody' not found")
    status, message = refusal(await transcribe(wire, None))
    assert (status, message.startswith("file is required: ")) == (400, True)
    assert refusal(await transcribe(wire, b"")) == (400, "audio file is empty")
    assert refusal(await transcribe(wire, b"text")) == (
        400,
        "the file is no recording that can be read: send WAV, MP3 or FLAC",
    )


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"x", b"--b", b"--c\r\n\r\nx\r\n--c--", b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nm'),
        b"--b\r\nno header\r\n\r\nx\r\n--b--\r\n",
        b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--\r\n",
        b"--b\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n\r\n--b--\r\n",
        b"--b\r\nContent-Length: -1\r\n\r\nx\r\n--b--\r\n",
        b"--b\r\nContent-Length: 99\r\n\r\nx\r\n--b--\r\n",
        b"--b\r\nContent-Length: x\r\n\r\nx\r\n--b--\r\n",
    ],
)
async def test_a_broken_form_is_refused(wire: Wire, body: bytes) -> None:
    status, message = refusal(await wire.send("POST", PATH, body, MULTIPART))
    assert status == 400
    assert "is required" in message or message.startswith("failed to parse multipart form: ")


async def test_what_is_no_form_is_refused(wire: Wire) -> None:
    for kind in ("application/json", "multipart/form-data", "multipart/mixed; boundary=b"):
        status, message = refusal(await wire.send("POST", PATH, b"{}", {"Content-Type": kind}))
        assert (status, message.startswith("failed to parse multipart form: ")) == (400, True)


async def test_a_form_that_is_too_large_is_refused(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.http.openai.transcriptions._MAX_BYTES", 1000)
    status, message = refusal(await transcribe(wire, WAV + bytes(1000)))
    assert (status, message.startswith("the form is larger than")) == (413, True)
