'''Texts between `"""`, as in Ollama's REPL: Enter ends their lines until they are closed.'''

from __future__ import annotations

_MARK = '"""'


def is_open(text: str) -> bool:
    """Whether a block was begun and is not closed: at the beginning, or after a command such as `/set system`."""
    head = text.lstrip()
    return (head.startswith(_MARK) or (head.startswith("/") and _MARK in head)) and head.count(_MARK) == 1


def unwrapped(text: str) -> str:
    """The text between the marks, if they are its beginning and its end; else the text itself."""
    inner = text.strip()
    if len(inner) < 2 * len(_MARK) or not (inner.startswith(_MARK) and inner.endswith(_MARK)):
        return text
    return inner[len(_MARK) : -len(_MARK)]
