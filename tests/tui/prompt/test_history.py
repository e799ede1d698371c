from __future__ import annotations

import multiprocessing
import stat
from typing import TYPE_CHECKING

from tui.prompt.history import ENTRIES, ENTRY_LIMIT, History

if TYPE_CHECKING:
    from pathlib import Path


def test_what_was_written_is_there_in_the_next_app(tmp_path: Path) -> None:
    path = tmp_path / "state" / "history.jsonl"
    first = History(path)
    first.add("one\ntwo")
    first.add("three")
    first.add("three")
    assert History(path).entries() == ["one\ntwo", "three"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_another_app_writes_is_seen(tmp_path: Path) -> None:
    one, other = History(tmp_path / "h"), History(tmp_path / "h")
    one.add("a")
    assert other.entries() == ["a"]
    other.add("b")
    assert one.entries() == ["a", "b"]


def test_the_file_is_bounded_and_keeps_the_newest(tmp_path: Path) -> None:
    path = tmp_path / "h"
    path.write_text("".join(f'"{number}"\n' for number in range(2 * ENTRIES)))
    history = History(path)
    history.add("newest")
    assert len(path.read_bytes().splitlines()) == ENTRIES
    assert history.entries()[-2:] == [str(2 * ENTRIES - 1), "newest"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_too_long_or_blank_or_unwanted_is_not_remembered(tmp_path: Path) -> None:
    history = History(tmp_path / "h")
    history.add("x" * (ENTRY_LIMIT + 1))
    history.add("  \n")
    history.enabled = False
    history.add("secret")
    assert history.entries() == []
    assert not (tmp_path / "h").exists()


def test_a_damaged_file_loses_only_its_damaged_lines(tmp_path: Path) -> None:
    path = tmp_path / "h"
    path.write_bytes(b'"good"\n\xff\xfe\n{"a": 1}\n"half')
    history = History(path)
    assert history.entries() == ["good"]
    history.add("next")
    assert History(path).entries() == ["good", "next"]


def test_a_search_finds_the_newest_first_and_each_once() -> None:
    history = History()
    for text in ("Old fish", "a bird", "fish and chips", "a bird"):
        history.add(text)
    assert history.search("FISH") == ["fish and chips", "Old fish"]
    assert history.search("") == ["a bird", "fish and chips", "Old fish"]
    assert history.search("fish and") == ["fish and chips"]


def _write(path: Path, name: str) -> None:
    history = History(path)
    for number in range(50):
        history.add(f"{name} {number}")


def test_apps_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "h"
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write, args=(path, name)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert sorted(History(path).entries()) == sorted(f"{name} {number}" for name in "ab" for number in range(50))
