from __future__ import annotations

import stat
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from backend import __version__
from backend.errors import NotFound
from backend.settings import Settings
from tests.tui.opened import press, settle, shown, until
from tests.tui.scripted import ScriptedBackend
from tui.app import PunaApp
from tui.connection import Link
from tui.connections import Connections, ConnectionsError, parse
from tui.screens.connections import AddConnection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from textual.pilot import Pilot


def test_connections_are_kept_for_their_owner_alone(tmp_path: Path) -> None:
    shelf = Connections(tmp_path / "puna")
    assert shelf.read() == []
    shelf.put(parse("b", "box-b:8080"))
    shelf.put(parse("a", "unix:/run/a.sock", "~/a.key"))
    shelf.put(parse("b", "box-c"))
    assert [(one.name, one.host, one.key_file) for one in Connections(tmp_path / "puna").read()] == [
        ("a", "unix:/run/a.sock", "~/a.key"),
        ("b", "box-c", ""),
    ]
    assert stat.S_IMODE((tmp_path / "puna" / "connections.toml").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "puna").stat().st_mode) == 0o700
    shelf.remove("a")
    assert [one.name for one in shelf.read()] == ["b"]
    assert [path.name for path in (tmp_path / "puna").iterdir()] == ["connections.toml"]


def test_a_saved_one_is_where_the_client_goes(tmp_path: Path) -> None:
    settings = parse("a", "https://box", str(tmp_path / "k")).settings(Settings(key="of-another"))
    assert (settings.address.url, settings.key, settings.key_file) == ("https://box:443", "", tmp_path / "k")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a]\nhost = 3", '[a] needs host = "…"'),
        ("a = 3", '[a] needs host = "…"'),
        ('[a]\nhost = "b"\nkey = "secret"', "[a] has the unknown key 'key'; there are host and key_file"),
        ('[a]\nhost = "b"\nkey_file = 3', "[a] key_file is a path"),
        ('[a]\nhost = "ftp://b"', "ftp:// is not understood"),
        ('["a b"]\nhost = "b"', "'a b' is no name"),
        ("[a", "cannot be read"),
        ("# " + "x" * 300_000, "larger than"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "connections.toml"
    path.write_text(text)
    with pytest.raises(ConnectionsError) as error:
        Connections(tmp_path).read()
    assert str(path) in str(error.value)
    assert message in str(error.value)


class Boxes:
    """Two backends: the one that the app starts with, and `box` at port 9."""

    def __init__(self) -> None:
        self.home, self.box = ScriptedBackend("home-model"), ScriptedBackend("box-model")

    @asynccontextmanager
    async def connect(self, settings: Settings) -> AsyncIterator[ScriptedBackend]:
        async with (self.box if settings.address.port == 9 else self.home).connect(settings) as backend:
            yield backend


async def add(pilot: Pilot[None], name: str, host: str) -> None:
    await press(pilot, "a")
    assert isinstance(pilot.app.screen, AddConnection)
    await press(pilot, *name, "enter", *host, "enter")


async def test_switching_shows_the_other_backend_and_nothing_of_the_one_before(tmp_path: Path) -> None:
    boxes = Boxes()
    app = PunaApp(Settings(config=tmp_path), boxes.connect, host="here")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.workspace.models_known)
        await press(pilot, *"draft", "escape", "B")
        await add(pilot, "box", "h:9")
        await press(pilot, "enter")
        await until(pilot, lambda: app.workspace.link is Link.UP and app.workspace.models_known)
        await settle(pilot)
        assert "box-model" in shown(app)
        assert "home-model" not in shown(app)
        assert app.workspace.host == "box"
        assert app.panes.chat.prompt.text == "draft"
        assert boxes.box.asked("place") == ["http://h:9"]
        await press(pilot, "B", "up", "enter")
        await until(pilot, lambda: app.workspace.model == "home-model")
        app.connection.restart()


async def test_a_test_says_what_is_wrong(tmp_path: Path) -> None:
    boxes = Boxes()
    app = PunaApp(Settings(config=tmp_path), boxes.connect, host="here")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.workspace.models_known)
        await press(pilot, "escape", "B")
        await add(pilot, "box", "h:9")
        boxes.box.snapshot.version = "99.0"
        await press(pilot, "t")
        assert f"box answers; the backend is version 99.0, this app {__version__}" in shown(app)
        boxes.box.refuse_start = NotFound("404 page not found")
        await press(pilot, "t")
        assert "no Puna backend, perhaps an Ollama" in shown(app)
        await press(pilot, "d", "y")
        assert Connections(tmp_path).read() == []
        app.connection.restart()


async def test_what_is_wrong_with_a_new_one_is_said_in_place(tmp_path: Path) -> None:
    app = PunaApp(Settings(config=tmp_path), ScriptedBackend("a").connect, host="here")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.workspace.models_known)
        await press(pilot, "escape", "B")
        await add(pilot, "box", "ftp://x")
        assert "ftp:// is not understood" in shown(app)
        app.connection.restart()


async def test_another_version_is_said_once(tmp_path: Path) -> None:
    backend = ScriptedBackend("a")
    backend.snapshot.version = "99.0"
    app = PunaApp(Settings(), backend.connect, host="here")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.workspace.models_known)
        assert "the backend is version 99.0" in app.panes.status.said
        app.say("something else")
        backend.tell(cpu=50.0)
        await until(pilot, lambda: app.workspace.snapshot is not None and app.workspace.snapshot.cpu == 50.0)
        assert app.panes.status.said == "something else"
        app.connection.restart()
