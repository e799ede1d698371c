"""Ctrl-C in the midst of a command: one sentence says what stands, and the exit status is 130."""

from __future__ import annotations

from asyncio import CancelledError
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator


class Interrupted(click.ClickException):
    """The user ended the command. The message is what stands; it is no error."""

    exit_code = 130


@contextmanager
def standing(what: str) -> Iterator[None]:
    """Ctrl-C in the block ends the command with the sentence `what`. The block leaves the terminal as it was.

    In a coroutine it must be the main one, which Ctrl-C cancels.
    """
    try:
        yield
    except (KeyboardInterrupt, CancelledError):
        raise Interrupted(what) from None
