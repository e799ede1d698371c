"""Which chat a command means: by the beginning of its id, as `puna sessions` shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

from backend.errors import BackendError, NotFound
from tui.advice import NO_PUNA
from tui.commands.model_name import answer
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    import click

    from backend.session_client import SessionClient
    from backend.wire.sessions import SessionSummary

ID_WIDTH = 8  # characters of an id that are shown: enough to tell chats apart
_PAGE = 1000  # the most that the backend lists at once


async def all_sessions(sessions: SessionClient, tag: str = "") -> list[SessionSummary]:
    """Every chat, or those with a tag; the last changed first."""
    found: list[SessionSummary] = []
    try:
        while page := await sessions.summaries(tag, _PAGE, len(found)):
            found += page
            if len(page) < _PAGE:
                break
    except NotFound:
        raise BackendError(NO_PUNA) from None
    return found


async def chosen_session(sessions: SessionClient, given: str) -> SessionSummary:
    """The one chat whose id begins so. Raises `NotFound`, and `BackendError` if several do."""
    found = [chat for chat in await all_sessions(sessions) if given and chat.id.startswith(given.lower())]
    if not found:
        raise NotFound(clean_line(f"no chat has an id that begins with '{given}'; `puna sessions` lists them"))
    if len(found) > 1:
        raise BackendError(clean_line(f"{len(found)} chats have an id that begins with '{given}'; write more of it"))
    return found[0]


def session_ids(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Ids with their titles, for a shell to complete."""
    found = [
        (str(chat.get("id") or ""), str(chat.get("title") or ""))
        for chat in answer(context, "/puna/v1/sessions", "sessions")
    ]
    return [
        CompletionItem(identity[:ID_WIDTH], help=clean_line(title) or None)
        for identity, title in found
        if identity.isalnum() and identity.startswith(incomplete)
    ]
