"""What of the prompt's text is a slash command, and its words. Pure."""

from __future__ import annotations

import re

_COMMAND = re.compile(r"/(?:\?|[A-Za-z][\w.-]*)?(?=\s|$)")


def is_command(text: str) -> bool:
    """Whether the text begins with a slash and a word. A path is none, nor is what has a blank before the slash."""
    return _COMMAND.match(text) is not None


def as_text(text: str) -> str:
    """What is sent of a text that is no command: of `//word` one slash, of all others everything."""
    return text[1:] if text.startswith("//") and text[2:3].strip() and is_command(text[1:]) else text


def head_and_rest(line: str) -> tuple[str, str]:
    """The first word without its slash, and what follows it."""
    head, _, rest = line.removeprefix("/").partition(" ")
    if "\n" in head:
        head, _, tail = head.partition("\n")
        rest = f"{tail} {rest}" if rest else tail
    return head, rest.strip(" ")
