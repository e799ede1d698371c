"""An app that holds only a transcript."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from textual.app import App

from tui.theme_shelf import load_themes
from tui.transcript.block import Block, Kind, Role
from tui.transcript.view import Transcript

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from textual.app import ComposeResult
    from textual.message import Message
    from textual.pilot import Pilot


class Holder(App[None]):
    def __init__(self) -> None:
        super().__init__()
        for theme in load_themes().values():
            self.register_theme(theme)
        self.theme = "puna-dark"
        self.transcript = Transcript()

    def compose(self) -> ComposeResult:
        yield self.transcript


@asynccontextmanager
async def shown(
    size: tuple[int, int] = (30, 10), *, message_hook: Callable[[Message], None] | None = None
) -> AsyncIterator[tuple[Transcript, Pilot[None]]]:
    """The transcript in a terminal of this size."""
    app = Holder()
    async with app.run_test(size=size, message_hook=message_hook) as pilot:
        yield app.transcript, pilot


def block(lines: int, text: str = "line") -> Block:
    made = Block(Role.MODEL, "m")
    made.append(Kind.TEXT, "\n".join(f"{text} {number}" for number in range(lines)))
    return made


def visible(transcript: Transcript) -> list[str]:
    rows = [transcript.render_line(y) for y in range(transcript.size.height)]
    return ["".join(segment.text for segment in row).strip() for row in rows]
