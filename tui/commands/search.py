"""`puna search`: words in all chats."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import click

from backend.errors import BackendError, NotFound
from tui.advice import NO_PUNA
from tui.backend_process import connected
from tui.commands.json_text import dump
from tui.commands.place import in_force
from tui.commands.session_choice import ID_WIDTH
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend.settings import Settings
    from backend.wire.sessions import Hit

_WHO = {"": "title", "user": "you", "assistant": "model"}
_MARK, _PLAIN = "\x1b[1;4m", "\x1b[0m"


@click.command("search")
@click.argument("words", metavar="TEXT...", nargs=-1, required=True)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="The most places to show.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(words: tuple[str, ...], limit: int, *, as_json: bool) -> None:
    """Find the places in all chats that have all words of TEXT; the last one may be the beginning of one."""
    hits = asyncio.run(_search(in_force(), " ".join(words), limit))
    if as_json:
        click.echo(dump(hits))
        return
    for line in hit_lines(hits, marked=sys.stdout.isatty() and "NO_COLOR" not in os.environ):
        click.echo(line)
    if not hits:
        click.echo("No chat has all these words.", err=True)


async def _search(settings: Settings, words: str, limit: int) -> list[Hit]:
    async with connected(settings) as client:
        try:
            return await client.sessions.search(words, limit)
        except NotFound:
            raise BackendError(NO_PUNA) from None


def hit_lines(hits: list[Hit], *, marked: bool) -> Iterator[str]:
    """Two lines for each place: which chat and who; the words around it, `marked` with those that were looked for."""
    for hit in hits:
        yield f"{clean_line(hit.session)[:ID_WIDTH]}    {clean_line(hit.title) or '(no title)'}"
        yield f"    {_WHO.get(hit.role, clean_line(hit.role))}: {_snippet(hit, marked=marked)}"


def _snippet(hit: Hit, *, marked: bool) -> str:
    if not marked:
        return clean_line(hit.snippet)
    text, at = "", 0
    for begin, end in sorted(hit.matches):
        begin = max(begin, at)  # two words may overlap in a title
        if end > begin:
            text += f"{clean_line(hit.snippet[at:begin])}{_MARK}{clean_line(hit.snippet[begin:end])}{_PLAIN}"
            at = end
    return text + clean_line(hit.snippet[at:])
