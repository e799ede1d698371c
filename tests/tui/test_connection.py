from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from backend.errors import BackendError, ConnectFailed
from tests.tui.opened import make, opened, press, settle, shown, until
from tests.tui.scripted import END, ScriptedBackend, model, runner
from tui.connection import Connection, Link, LinkChanged, SnapshotArrived
from tui.screens.get_model import GetModel

if TYPE_CHECKING:
    from backend.client import Client
    from tui.connection import Gateway


def test_the_client_is_a_gateway() -> None:
    def takes(gateway: Gateway) -> None: ...

    def given(client: Client) -> None:
        takes(client)

    assert given is not None


async def test_before_it_is_up_there_is_no_gateway() -> None:
    with pytest.raises(ConnectFailed):
        _ = Connection(ScriptedBackend().connect, lambda message: None).gateway


async def test_a_lost_line_is_taken_up_again_with_growing_delays() -> None:
    backend, seen = ScriptedBackend(), asyncio.Queue[object]()
    connection = Connection(backend.connect, seen.put_nowait, delays=(0.0, 0.001))
    running = asyncio.create_task(connection.run())
    for item in (BackendError("gone"), END):
        backend.events_queue.put_nowait(item)
    links: list[Link] = []
    while links.count(Link.UP) < 3:
        message = await asyncio.wait_for(seen.get(), 5)
        if isinstance(message, LinkChanged):
            links.append(message.link)
    assert links == [Link.STARTING, Link.UP, Link.LOST, Link.UP, Link.LOST, Link.UP]
    assert backend.asked("connect") == [None]
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


def test_a_newer_snapshot_takes_the_place_of_an_older_one() -> None:
    newer = SnapshotArrived(ScriptedBackend().snapshot)
    assert newer.can_replace(SnapshotArrived(ScriptedBackend().snapshot))
    assert not newer.can_replace(LinkChanged(Link.UP))


async def test_the_first_paint_says_that_the_backend_starts() -> None:
    backend = ScriptedBackend("a")
    app = make(backend)
    async with app.run_test(size=(80, 24)):
        assert "starting backend …" in shown(app) or app.workspace.link is not Link.STARTING


async def test_a_backend_that_cannot_start_is_explained_and_can_be_tried_again() -> None:
    backend = ScriptedBackend("a")
    backend.refuse_start = BackendError("the port is in use\nby [another] program")
    app = make(backend)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.workspace.link is Link.FAILED)
        await settle(pilot)
        assert "by [another] program" in shown(app)
        assert "F9 tries again" in shown(app)
        await press(pilot, "f3")
        assert "Nothing is loaded" not in shown(app)  # nobody knows
        await press(pilot, "escape", *"hi", "enter")
        assert app.panes.chat.prompt.text == "hi"
        backend.refuse_start = None
        await press(pilot, "f9")
        await until(pilot, lambda: app.workspace.models_known)


async def test_a_backend_that_goes_is_told_in_the_status_line() -> None:
    backend = ScriptedBackend("a")
    async with opened(backend) as (app, pilot):
        backend.tell(runners=[runner("a")])
        await until(pilot, lambda: bool(app.workspace.runners))
        backend.events_queue.put_nowait(ConnectFailed("the connection broke"))
        await until(pilot, lambda: "backend lost, trying again" in shown(app))
        assert app.workspace.runners == []
        backend.models.append(model("b"))
        await until(pilot, lambda: app.workspace.link is Link.UP)
        await until(pilot, lambda: len(app.workspace.models) == 2)


async def test_a_new_revision_of_the_store_is_read() -> None:
    backend = ScriptedBackend("a")
    async with opened(backend) as (app, pilot):
        backend.models.append(model("b"))
        backend.tell(models_revision=2)
        await until(pilot, lambda: len(app.workspace.models) == 2)
        await settle(pilot)
        assert "b" in [option.id for option in app.panes.models.rows.options]


async def test_an_error_of_an_operation_is_told_and_nothing_else_happens() -> None:
    backend = ScriptedBackend("a")
    async with opened(backend) as (app, pilot):
        backend.refuse = BackendError("no room\nat all")
        for key in ("l", "i"):
            await press(pilot, "f2", key)
            assert app.panes.status.said == "no room at all"
        assert app.screen is app.panes


async def test_the_model_that_is_loaded_is_used_first() -> None:
    backend = ScriptedBackend("a", "b:latest")
    backend.snapshot.runners = [runner("b")]
    async with opened(backend) as (app, _):
        assert app.workspace.model in ("a", "b:latest")


async def test_an_empty_store_offers_to_get_a_model() -> None:
    async with opened(ScriptedBackend()) as (app, pilot):
        assert isinstance(app.screen, GetModel)
        await press(pilot, "escape")
        assert "F6 gets one" in shown(app)
        await press(pilot, *"hi", "enter")
        assert app.panes.status.said == "there is no model yet; F6 gets one"
