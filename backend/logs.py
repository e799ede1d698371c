"""The backend's log: one line `time=… level=… source=… msg=…` for each record, bounded in length and in number.

Nothing in it can be taken for a line of its own or act on a terminal: control characters are escaped.
"""

from __future__ import annotations

import logging
import os
import sys
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from io import TextIOWrapper
    from pathlib import Path

    from backend.settings import Settings

FILE_BYTES: Final = 4 << 20
KEPT_FILES: Final = 2  # beside the one that grows
_LINE_LIMIT = 4096
_TRACE_LIMIT = 16384
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:+@,*%")


def begin(settings: Settings) -> None:
    """Log to standard error; where that is the log file, as for a backend that was started detached, rotate it."""
    handler: logging.Handler
    handler = Rotating(settings.log_file) if _is_standard_error(settings.log_file) else logging.StreamHandler()
    handler.setFormatter(LineFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.DEBUG if settings.debug else logging.INFO)


class LineFormatter(logging.Formatter):
    """Records as lines. A record may have more `fields`, a mapping. A traceback follows, indented."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "source": record.name,
            "msg": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        line = " ".join(f"{name}={_quoted(str(value))}" for name, value in fields.items() if value != "")
        line = line if len(line) <= _LINE_LIMIT else f"{line[:_LINE_LIMIT]} …"
        if record.exc_info:
            trace = self.formatException(record.exc_info)[-_TRACE_LIMIT:]
            line += "".join(f"\n  {_escaped(part)}" for part in trace.split("\n"))
        return line


class Rotating(RotatingFileHandler):
    """The log file under a bound. Standard error goes with it, so that what the interpreter says is there too."""

    def __init__(self, path: Path, limit: int = FILE_BYTES) -> None:
        super().__init__(path, maxBytes=limit, backupCount=KEPT_FILES, encoding="utf-8")

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        os.dup2(descriptor, sys.stderr.fileno())
        return os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace")


def _is_standard_error(path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(sys.stderr.fileno()), path.stat())
    except (OSError, ValueError):
        return False


def _quoted(text: str) -> str:
    if _PLAIN.issuperset(text):
        return text
    return '"' + _escaped(text.replace("\\", "\\\\")).replace('"', '\\"') + '"'


def _escaped(text: str) -> str:
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
