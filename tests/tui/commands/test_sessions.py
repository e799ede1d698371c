"""`puna sessions`, `puna search` and `puna attach`: the chats that the backend keeps."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from backend.wire.sessions import Hit, SessionSummary
from tests.tui.commands.chats import new_chat
from tests.tui.commands.program import DEADLINE_S, PUNA, puna
from tests.tui.commands.terminal import on_terminal
from tui.commands.search import hit_lines
from tui.commands.sessions import table
from tui.commands.table import text_width

if TYPE_CHECKING:
    from backend.settings import Settings

NOW = datetime(2026, 8, 21, 12, tzinfo=UTC)


def summary(**more: object) -> SessionSummary:
    fields = {"id": "0123456789abcdef", "title": "A chat", "model": "tiny:latest", "tags": [], "message_count": 4}
    times = {"created_at": "2026-08-21T11:00:00Z", "updated_at": "2026-08-21T11:56:00Z"}
    return SessionSummary(**{**fields, **times, **more})  # type: ignore[arg-type] # fields by their names


def test_the_table_of_chats() -> None:
    chats = [summary(), summary(id="f" * 16, title="", running=[3], message_count=12)]
    assert table(chats, NOW, None) == [
        "ID          TITLE         MODEL    MESSAGES    MODIFIED",
        "01234567    A chat        tiny     4           4 minutes ago",
        "ffffffff    (no title)    tiny     12          replying now",
    ]


def test_titles_are_cut_to_the_terminal() -> None:
    lines = table([summary(title="a long title about 模型 and more " * 3)], NOW, 80)
    assert lines[1] == "01234567    a long title about 模型 and m…    tiny     4           4 minutes ago"
    assert text_width(lines[1]) == 80
    assert table([summary(title="evil\x1b[2J\ntitle")], NOW, None)[1].split("    ")[1] == "evil[2J title"


def test_chats_are_listed_exported_and_deleted(environment: dict[str, str], backend_process: Settings) -> None:
    first = new_chat(backend_process, "«one\ttwo»", title="First", ended=True)
    second = new_chat(backend_process, "«three»", title="Second", ended=True)
    header, *rows = puna("sessions", environment=environment).stdout.splitlines()
    assert header.split() == ["ID", "TITLE", "MODEL", "MESSAGES", "MODIFIED"]
    assert [row.split()[:4] for row in rows] == [[second[:8], "Second", "tiny", "2"], [first[:8], "First", "tiny", "2"]]
    assert [chat["id"] for chat in json.loads(puna("sessions", "--json", environment=environment).stdout)] == [
        second,
        first,
    ]
    exported = puna("sessions", "export", first[:6], environment=environment).stdout
    assert exported.startswith("# First\n\n## You\n\n«one\ttwo»\n")
    whole = json.loads(puna("sessions", "export", first, "--json", environment=environment).stdout)
    assert whole["messages"][1]["content"] == "one\ttwo"
    assert puna("sessions", "delete", first[:8], environment=environment).stdout == "deleted 'First'\n"
    gone = puna("sessions", "delete", first[:8], environment=environment)
    assert (gone.returncode, gone.stderr) == (
        1,
        f"Error: no chat has an id that begins with '{first[:8]}'; `puna sessions` lists them\n",
    )


def test_words_are_found_and_marked_on_a_terminal(environment: dict[str, str], backend_process: Settings) -> None:
    chat = new_chat(backend_process, "where does the wind blow? «anywhere»", title="Weather", ended=True)
    piped = puna("search", "wind", "blo", environment=environment)
    assert piped.stdout == f"{chat[:8]}    Weather\n    you: where does the wind blow? «anywhere»\n"
    shown = on_terminal("search", "wind", environment=environment)
    assert (shown.status, shown.sane) == (0, True)
    assert b"the \x1b[1;4mwind\x1b[0m blow" in shown.output
    (hit,) = json.loads(puna("search", "wind", "--json", environment=environment).stdout)
    assert (hit["session"], hit["role"]) == (chat, "user")
    none = puna("search", "storm", environment=environment)
    assert (none.returncode, none.stdout, none.stderr) == (0, "", "No chat has all these words.\n")


def test_marks_that_overlap_and_text_that_is_hostile() -> None:
    hit = Hit(
        session="\x1babcdefgh1", title="t\x1b[1m", message=0, role="", snippet="ab\x1bcd", matches=[(0, 2), (1, 4)]
    )
    assert list(hit_lines([hit], marked=True)) == [
        "abcdefgh    t[1m",
        "    title: \x1b[1;4mab\x1b[0m\x1b[1;4mc\x1b[0md",
    ]


def test_attach_prints_the_chat_and_how_its_reply_ended(environment: dict[str, str], backend_process: Settings) -> None:
    done = new_chat(backend_process, "«well»", ended=True)
    read = puna("attach", done, environment=environment)
    assert (read.returncode, read.stdout) == (0, ">>> «well»\n\nwell\n\n")
    assert read.stderr == f"No reply is running in {done[:8]}.\n"
    broken = new_chat(backend_process, "@tokens=40 @rate=20 @crash=30")
    for _ in range(2):  # while it runs, and when it has ended
        failed = puna("attach", broken, environment=environment)
        assert failed.returncode == 1
        assert "t28 t29 \n" in failed.stdout
        assert "Error: the reply failed: " in failed.stderr


def test_a_closed_pipe_ends_top_quietly(environment: dict[str, str]) -> None:
    command = [*PUNA, "top", "--interval", "0.2"]
    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=-1, stderr=-1) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for begin in (b"puna ", b"\n", b"CPU "):
            assert process.stdout.readline().startswith(begin)
        process.stdout.close()
        assert process.wait(DEADLINE_S) == 1
        assert process.stderr.read() == b""


def test_top_is_one_block_in_a_pipe_and_one_line_each_as_json(environment: dict[str, str]) -> None:
    once = puna("top", environment=environment)
    assert once.stdout.startswith("puna ")
    assert once.stdout.endswith("puna run MODEL.\n")
    assert once.stdout.count("\nCPU ") == 1
    assert json.loads(puna("top", "--json", environment=environment).stdout)["runners"] == []
