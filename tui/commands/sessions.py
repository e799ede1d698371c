"""`puna sessions`: the chats that the backend keeps; to delete and to export them."""

from __future__ import annotations

import asyncio
import shutil
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from tui.backend_process import connected
from tui.commands.json_text import dump
from tui.commands.place import in_force
from tui.commands.session_choice import ID_WIDTH, all_sessions, chosen_session, session_ids
from tui.commands.table import format_rows, shortened, text_width
from tui.commands.units import relative_time
from tui.terminal.sanitize import clean, clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend.settings import Settings
    from backend.wire.sessions import SessionSummary

_HEADER = ("ID", "TITLE", "MODEL", "MESSAGES", "MODIFIED")
_TITLE = 1  # its column
_LEAST_TITLE = 12  # cells


@click.group("sessions", invoke_without_command=True)
@click.option("--tag", default="", help="Those with this tag alone.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(context: click.Context, tag: str, *, as_json: bool) -> None:
    """List the chats that the backend keeps, the last changed first."""
    if context.invoked_subcommand is not None:
        return
    chats = asyncio.run(_list(in_force(), tag))
    if as_json:
        click.echo(dump(chats))
        return
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in table(chats, datetime.now(UTC), width):
        click.echo(line)


@command.command("delete")
@click.argument("sessions", metavar="SESSION...", nargs=-1, required=True, shell_complete=session_ids)
def delete(sessions: tuple[str, ...]) -> None:
    """Delete chats for good; a reply that still runs is stopped."""
    asyncio.run(_delete(in_force(), sessions))


@command.command("export")
@click.argument("session", shell_complete=session_ids)
@click.option("--json", "as_json", is_flag=True, help="Everything, images and other branches too.")
def export(session: str, *, as_json: bool) -> None:
    """Print the chat SESSION as Markdown, or as JSON that the app can import."""
    text = asyncio.run(_export(in_force(), session, as_json=as_json))
    click.echo(text if as_json else clean(text).rstrip("\n"))


def table(chats: Sequence[SessionSummary], now: datetime, width: int | None) -> list[str]:
    """A header and a row for each chat; titles are cut so that a row fits `width` cells."""
    rows = [_HEADER, *(_row(chat, now) for chat in chats)]
    if width is not None:
        others = format_rows([(*row[:_TITLE], "", *row[_TITLE + 1 :]) for row in rows])
        room = max(_LEAST_TITLE, width - max(map(text_width, others)))
        rows = [(*row[:_TITLE], shortened(row[_TITLE], room), *row[_TITLE + 1 :]) for row in rows]
    return format_rows(rows)


def _row(chat: SessionSummary, now: datetime) -> tuple[str, ...]:
    when = "replying now" if chat.running else relative_time(chat.updated_at, now)
    title = chat.title or "(no title)"
    return chat.id[:ID_WIDTH], title, chat.model.removesuffix(":latest"), str(chat.message_count), when


async def _list(settings: Settings, tag: str) -> list[SessionSummary]:
    async with connected(settings) as client:
        return await all_sessions(client.sessions, tag)


async def _delete(settings: Settings, sessions: tuple[str, ...]) -> None:
    async with connected(settings) as client:
        for given in sessions:
            chat = await chosen_session(client.sessions, given)
            await client.sessions.delete(chat.id)
            click.echo(clean_line(f"deleted '{chat.title or chat.id[:ID_WIDTH]}'"))


async def _export(settings: Settings, session: str, *, as_json: bool) -> str:
    async with connected(settings) as client:
        chat = await chosen_session(client.sessions, session)
        if as_json:
            return dump(await client.sessions.export(chat.id))
        return await client.sessions.export_markdown(chat.id)
