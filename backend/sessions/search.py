"""Full-text search through titles and messages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from backend.wire.sessions import Hit

if TYPE_CHECKING:
    from sqlite3 import Connection

_MAX_WORDS = 32
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"  # no characters, so hardly in a text
_SNIPPET_WORDS = 16
_MESSAGES = (
    "SELECT messages.id AS message, session, role, title, snippet(found, 0, ?, ?, '…', ?) AS snippet"
    " FROM found JOIN messages ON messages.id = found.rowid JOIN sessions ON sessions.id = session"
    " WHERE found MATCH ? ORDER BY rank LIMIT ?"
)


def search(connection: Connection, query: str, limit: int) -> list[Hit]:
    """Places with all words of `query`, the last of which may be the beginning of one: titles, then messages by rank.

    Case and accents do not matter in messages, case alone in titles. A reply is found once it has ended.
    """
    words = "".join(letter if letter.isprintable() else " " for letter in query).split()[:_MAX_WORDS]
    if not words:
        return []
    hits = _titles(connection, words, limit)
    phrases = " ".join(map(_phrase, words))
    rows = connection.execute(_MESSAGES, (_OPEN, _CLOSE, _SNIPPET_WORDS, f"{phrases}*", limit - len(hits)))
    for row in rows:
        text, matches = _unmarked(row["snippet"])
        place = {name: row[name] for name in ("session", "title", "message", "role")}
        hits.append(Hit(**place, snippet=text, matches=matches))
    return hits


def _phrase(word: str) -> str:
    """The word as FTS5 reads it literally."""
    return '"' + word.replace('"', '""') + '"'


def _titles(connection: Connection, words: list[str], limit: int) -> list[Hit]:
    patterns = [re.compile(re.escape(word), re.IGNORECASE) for word in words]
    hits: list[Hit] = []
    for session, title in connection.execute("SELECT id, title FROM sessions ORDER BY updated_ns DESC"):
        found = [pattern.search(title) for pattern in patterns]
        matches = sorted(match.span() for match in found if match is not None)
        if len(matches) == len(patterns) and len(hits) < limit:
            hits.append(Hit(session=session, title=title, message=0, role="", snippet=title, matches=matches))
    return hits


def _unmarked(snippet: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without the marks, and where they stood."""
    text, begin = "", 0
    matches: list[tuple[int, int]] = []
    for part in re.split(f"([{_OPEN}{_CLOSE}])", snippet):
        if part == _OPEN:
            begin = len(text)
        elif part == _CLOSE:
            matches.append((begin, len(text)))
        else:
            text += part
    return text, matches
