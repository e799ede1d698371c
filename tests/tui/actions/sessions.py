"""Trials of the actions in `tui.actions.sessions`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.tui.actions.trials import on_workbench, tries
from tests.tui.opened import press, said, shown, until
from tui.chats.open_chats import MOST
from tui.screens.chat_list import ChatList
from tui.screens.confirm import Confirm
from tui.screens.search_chats import SearchChats

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.tui.actions.trials import Trial
    from tests.tui.scripted import ScriptedBackend
    from tui.app import PunaApp


async def list_two(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    """The list over a chat about wind and, above it, one about water."""
    backend.sessions.add("what is wind", "moving air", title="wind", tags=["air"])
    backend.sessions.add("what is water", "wet", title="water")
    await press(pilot, "f7")
    assert isinstance(app.screen, ChatList)


async def open_two(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    """Both are open, the first is shown."""
    for topic in ("wind", "water"):
        app.chats.open(backend.sessions.add(f"what is {topic}", "reply", title=topic).id)
        await until(pilot, lambda topic=topic: app.workspace.chat.title == topic)  # type: ignore[misc]
    await press(pilot, "alt+1", "escape")


@tries("sessions.list")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "f7")
    assert "The first message begins one" in shown(app)
    await press(pilot, "escape", "escape", "s", "escape")
    await list_two(app, pilot, backend)
    assert "smollm2:135m · 2 messages · 9 hours ago" in shown(app)
    await press(pilot, *"#air")
    assert "wind" in shown(app)
    assert "water" not in shown(app)


@tries("sessions.open")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await list_two(app, pilot, backend)
    await press(pilot, "down", "enter")
    assert on_workbench(app)
    assert said(app) == ["what is wind", "moving air"]


@tries("sessions.rename")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await list_two(app, pilot, backend)
    await press(pilot, "f2", *" and ice", "enter")
    assert "water and ice" in shown(app)
    assert isinstance(app.screen, ChatList)
    assert [session.title for session in backend.sessions.stored.values()] == ["wind", "water and ice"]


@tries("sessions.tag")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await list_two(app, pilot, backend)
    await press(pilot, "ctrl+t", *"#wet, cold wet", "enter")
    assert "#wet #cold" in shown(app)


@tries("sessions.delete")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await open_two(app, pilot, backend)
    await press(pilot, "f7", "delete")
    assert isinstance(app.screen, Confirm)
    await press(pilot, "enter")
    assert len(backend.sessions.stored) == 2
    await press(pilot, "delete", "y")
    assert [session.title for session in backend.sessions.stored.values()] == ["wind"]
    assert [chat.title for chat in app.workspace.chats.all] == ["wind"]
    assert "water" not in "".join(shown(app).split("deleted")[1:])


@tries("sessions.export")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await list_two(app, pilot, backend)
    with tempfile.TemporaryDirectory() as folder:
        await press(pilot, "ctrl+e", "home", *f"{folder}/", "enter")
        assert (Path(folder) / "water.md").read_text() == "# water\n\nwhat is water\n\nwet\n"
        await press(pilot, "ctrl+e", "home", *f"{folder}/", "enter")
        assert "is there already; choose another name" in app.panes.status.said


@tries("sessions.import")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await list_two(app, pilot, backend)
    with tempfile.TemporaryDirectory() as folder:
        await press(pilot, "ctrl+e", "end", *["backspace"] * 8, *f"{folder}/all.json", "enter")
        await press(pilot, "ctrl+o", *f"{folder}/all.json", "enter")
    assert [session.title for session in backend.sessions.stored.values()] == ["wind", "water", "water"]
    assert list(backend.sessions.stored.values())[-1].messages[1].content == "wet"


@tries("sessions.search")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await list_two(app, pilot, backend)
    await press(pilot, "escape", "ctrl+r", *"moving")
    await until(pilot, lambda: "Search in all chats · 1 found" in shown(app))
    assert isinstance(app.screen, SearchChats)
    assert "model · wind" in shown(app)
    await press(pilot, "enter")
    assert said(app) == ["what is wind", "moving air"]
    assert "message 1 of 1" in shown(app)
    await press(pilot, "escape")
    assert "message 1 of 1" not in shown(app)


@tries("chats.next")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "escape", ".")
    assert app.panes.status.said == "no other chat is open; F7 opens one"
    await open_two(app, pilot, backend)
    await press(pilot, ".")
    assert app.workspace.chat.title == "water"


@tries("chats.previous")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await open_two(app, pilot, backend)
    await press(pilot, ",")
    assert app.workspace.chat.title == "water"


@tries("chats.close")
async def _(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
    await press(pilot, "escape", "w")
    assert app.panes.status.said == "this chat is still empty"
    await open_two(app, pilot, backend)
    await press(pilot, "w")
    assert [chat.title for chat in app.workspace.chats.all] == ["water"]
    assert said(app) == ["what is water", "reply"]
    assert len(backend.sessions.stored) == 2


def _shows(number: int) -> Trial:
    async def trial(app: PunaApp, pilot: Pilot[None], backend: ScriptedBackend) -> None:
        await press(pilot, f"alt+{number}")
        if number > 1:
            assert app.panes.status.said == "only one chat is open"
        for place in range(number):
            app.chats.open(backend.sessions.add("text", title=f"chat {place + 1}").id)
            await until(pilot, lambda place=place: app.workspace.chat.title == f"chat {place + 1}")  # type: ignore[misc]
        await press(pilot, "alt+1", f"alt+{number}")
        assert app.workspace.chat.title == f"chat {number}"

    return trial


for _number in range(1, MOST + 1):
    tries(f"chats.show_{_number}")(_shows(_number))
