"""Going on with a text in the user's own editor."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from pathlib import Path

from tui.quantity import size
from tui.terminal.sanitize import clean


class EditorError(Exception):
    """The editor could not be used; the message is a sentence that says what to do."""


def edit(text: str, command: str, limit: int) -> str:
    """Have `text` edited by `command` and return what was saved, which may have `limit` characters.

    Blocks, and gives the terminal to the editor. Raises `EditorError`; then the text is as it was.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    if not words:
        raise EditorError(f"there is no editor in {command!r}; set EDITOR, for example to nano or vim")
    with tempfile.TemporaryDirectory(prefix="puna-") as folder:
        path = Path(folder) / "message.md"  # a folder of mode 0700: nobody else reads it
        path.write_text(text, "utf-8")
        try:
            status = subprocess.run([*words, str(path)], check=False).returncode  # noqa: S603 # the user's own editor
        except OSError as error:
            raise EditorError(f"{words[0]} cannot be started ({error.strerror}); set EDITOR to an editor") from error
        if status != 0:
            raise EditorError(f"{words[0]} ended with status {status}; the message is as it was")
        return _saved(path, limit)


def _saved(path: Path, limit: int) -> str:
    try:
        written = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EditorError(f"what the editor saved cannot be read: {error}; the message is as it was") from error
    if len(written) > limit:
        raise EditorError(f"a message holds at most {size(limit)}; the editor saved {size(len(written))}")
    return clean(written).removesuffix("\n")
