from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING

import msgspec
import pytest

from backend.errors import BackendError
from backend.wire.sessions import ExportedSession
from tests.tui.scripted import ScriptedBackend
from tui.chats import files

if TYPE_CHECKING:
    from pathlib import Path


def test_a_path_is_offered_that_says_what_the_chat_is_about() -> None:
    sessions = ScriptedBackend().sessions
    offered = [
        files.path_for(sessions.add(title=title)) for title in ("How high?!", "../etc/passwd", "風力の話", "\x1b[2J")
    ]
    assert offered == ["how-high.md", "etc-passwd.md", "風力の話.md", "2j.md"]
    assert files.path_for(sessions.add(title="…")) == "chat.md"


def test_a_file_is_written_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "chat.md"
    assert files.write(f" {path} ", b"text") == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(BackendError, match="is there already"):
        files.write(str(path), b"other")
    assert path.read_bytes() == b"text"


@pytest.mark.parametrize("name", ["missing/chat.md", "~nobody-at-all/chat.md"])
def test_where_nothing_can_be_written_that_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(BackendError, match=r"cannot be written: No such file|a user who is not there"):
        files.write(name if name.startswith("~") else str(tmp_path / name), b"text")


def test_what_was_exported_is_read_again(tmp_path: Path) -> None:
    document = ExportedSession(title="wind", model="m")
    (tmp_path / "chat.json").write_bytes(msgspec.json.encode(document))
    assert files.is_document("chat.JSON")
    assert files.read(str(tmp_path / "chat.json")) == document


@pytest.mark.parametrize(
    ("content", "said"), [(b"# wind", "no chat that was exported"), (b"\xff", "no chat"), (None, "no file")]
)
def test_what_is_no_chat_is_refused(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "chat.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BackendError, match=re.escape(str(path)) + f".*{said}"):
        files.read(str(path))


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 8)
    (tmp_path / "chat.json").write_bytes(b"{        }")
    with pytest.raises(BackendError, match="larger than"):
        files.read(str(tmp_path / "chat.json"))
