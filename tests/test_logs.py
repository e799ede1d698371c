"""The backend's log: lines that nobody can forge, in files that do not grow without end."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from backend.logs import LineFormatter

if TYPE_CHECKING:
    from pathlib import Path

ROTATING = """
import logging, sys
from pathlib import Path
from backend.logs import LineFormatter, Rotating
handler = Rotating(Path(sys.argv[1]), 2000)
handler.setFormatter(LineFormatter())
logging.getLogger().addHandler(handler)
for number in range(200):
    logging.warning("line %d", number)
print("last words", file=sys.stderr)
"""


def line(message: str, *arguments: object, **more: object) -> str:
    record = logging.LogRecord("backend.x", logging.INFO, "x.py", 1, message, arguments, None)
    record.__dict__.update(more)
    return LineFormatter().format(record)


def test_a_record_is_fields_on_one_line() -> None:
    said = line("request", fields={"path": "/api/chat", "status": 200, "ms": 12.5, "key": "", "who": "a b"})
    time, _, rest = said.partition(" ")
    assert time.startswith("time=20")
    assert time.endswith("+00:00")
    assert rest == 'level=INFO source=backend.x msg=request path=/api/chat status=200 ms=12.5 who="a b"'


@pytest.mark.parametrize("bad", ["\n", "\r", "\x1b[2J", "\x9b", "\x07", "\u202e", "\x00", "\u2028", "\udcff"])
def test_no_text_ends_its_line_or_acts_on_a_terminal(bad: str) -> None:
    said = line("from %s", f"x{bad}time=0 level=ERROR", fields={"path": f"/{bad}"})
    assert said.isprintable()
    assert said.count(" level=INFO") == 1
    said.encode()


def test_a_quote_does_not_end_a_field() -> None:
    assert line('a" level="b\\').endswith(r'msg="a\" level=\"b\\"')


def test_a_line_is_bounded() -> None:
    assert len(line("x" * 100_000)) < 5000


def test_a_traceback_is_indented_and_bounded() -> None:
    try:
        raise ValueError("first\ntime=0 level=ERROR \x1b[2J" + "x" * 100_000)
    except ValueError:
        record = logging.LogRecord("backend", logging.ERROR, "x.py", 1, "failed", (), sys.exc_info())
    said = LineFormatter().format(record)
    assert len(said) < 25_000
    assert all(part.startswith("  ") and part.isprintable() for part in said.split("\n")[1:])


def test_the_file_is_rotated_and_takes_standard_error_along(tmp_path: Path) -> None:
    path = tmp_path / "backend.log"
    with path.open("wb") as log:
        subprocess.run([sys.executable, "-c", ROTATING, str(path)], stderr=log, check=True, timeout=30)
    kept = sorted(file.name for file in tmp_path.iterdir())
    assert kept == ["backend.log", "backend.log.1", "backend.log.2"]
    assert all(file.stat().st_size <= 2100 for file in tmp_path.iterdir())
    assert path.stat().st_mode & 0o077 == (tmp_path / "backend.log.1").stat().st_mode & 0o077 == 0
    *_, before, last = path.read_text().splitlines()
    assert "line 199" in before
    assert last == "last words"
