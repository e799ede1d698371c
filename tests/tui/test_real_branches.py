"""Tokens and comparisons of the app against a real backend with fake runners."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from backend.client import Client
from tests.fakes.backend import add_model
from tests.tui.opened import press, said, settle, shown, until, write
from tui.app import PunaApp
from tui.screens.compare import Compare
from tui.screens.confirm import Confirm
from tui.screens.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

    from backend.settings import Settings


@asynccontextmanager
async def opened(backend: Settings) -> AsyncIterator[tuple[PunaApp, Pilot[None]]]:
    """The app in a store with two models."""
    add_model(backend, "one")
    add_model(backend, "two", behaviour="@second")
    app = PunaApp(backend, Client)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.workspace.models_known and app.chats.known)
        await settle(pilot)
        yield app, pilot


async def test_a_reply_is_asked_for_with_its_tokens_and_goes_on_from_another(backend: Settings) -> None:
    async with opened(backend) as (app, pilot):
        await write(pilot, "hi")
        await until(pilot, lambda: not app.turns.running)
        await press(pilot, "ctrl+t")
        assert isinstance(app.screen, Confirm)
        await press(pilot, "y")
        await until(pilot, lambda: len(app.workspace.chat.conversation) == 3 and not app.turns.running)
        await press(pilot, "ctrl+t")
        await until(pilot, lambda: isinstance(app.screen, Tokens))
        await press(pilot, "right")
        assert '"t1 "   50 % · token 2 of 5' in shown(app)
        assert '"t1 ?"' in shown(app)
        await press(pilot, "enter")
        await until(pilot, lambda: len(app.workspace.chat.conversation) == 4 and not app.turns.running)
        assert said(app) == ["hi", "t0 t1 ?t0 t1 t2 t3 t4 "]


async def test_two_models_are_compared_and_one_is_taken(backend: Settings) -> None:
    async with opened(backend) as (app, pilot):
        await press(pilot, "ctrl+o", *"hi", "enter")
        screen = app.screen
        assert isinstance(screen, Compare)
        await until(pilot, lambda: all(column.reply for column in screen.comparison.columns))
        assert {column.text for column in screen.comparison.columns} == {"t0 t1 t2 t3 t4 "}
        assert all("5 tokens" in column.figures(0.0) for column in screen.comparison.columns)
        await press(pilot, "right", "t")
        await until(pilot, lambda: app.screen is app.panes and said(app) == ["hi", "t0 t1 t2 t3 t4 "])
        taken = app.workspace.chat.conversation.branch()[-1]
        assert taken.model == screen.comparison.columns[1].model
        assert len(app.workspace.chat.conversation) == 3
