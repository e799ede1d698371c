from __future__ import annotations

import os
import pty
import select
import termios
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tui.terminal.multiplexer import Multiplexer
from tui.terminal.probe import Answers, Surroundings, ask, ask_multiplexer, questions, read_answers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KITTY = "\x1bP>|kitty(0.36.4)\x1b\\\x1b[?2026;2$y\x1b[?0u\x1b_Gi=31;OK\x1b\\\x1b[?62;52;c"
TMUX = "\x1bP>|tmux 3.3a\x1b\\\x1b[?1;2c"
TERM = {"TERM": "xterm-256color"}


@contextmanager
def terminal(reply: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A descriptor of a terminal that replies when it is asked for DA1, and what was written to it."""
    master, slave = pty.openpty()
    seen: list[bytes] = []
    done = threading.Event()

    def answer() -> None:
        while not done.is_set():
            if select.select([master], [], [], 0.05)[0]:
                seen.append(os.read(master, 4096))
                if b"\x1b[c" in seen[-1]:
                    os.write(master, reply)

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield slave, seen
    finally:
        done.set()
        thread.join()
        os.close(master)
        os.close(slave)


def test_the_replies_of_a_terminal_that_can_all() -> None:
    assert read_answers(KITTY, 0.02) == Answers(
        "kitty(0.36.4)",
        synchronised=True,
        keyboard=True,
        kitty_images=True,
        attributes=frozenset({62, 52}),
        seconds=0.02,
    )
    assert read_answers(KITTY).clipboard
    assert not read_answers(KITTY).sixel
    assert read_answers("\x1b[?64;1;4;22c").sixel


def test_who_answers_the_last_question_only_cannot_do_the_rest() -> None:
    answers = read_answers(TMUX)
    assert (answers.synchronised, answers.keyboard, answers.kitty_images) == (False, False, False)
    assert read_answers("\x1b[?2026;0$y\x1b[?1c").synchronised is False
    assert read_answers("\x1b_Gi=31;ENOTSUP\x1b\\\x1b[?1c").kitty_images is False


@pytest.mark.parametrize(
    "replies", ["", "typed words", "\x1b[?", "\x1b[?2026", "\x1bP>|" + "x" * 5000, "\x1b[?;;;c" * 9]
)
def test_nonsense_is_no_answer(replies: str) -> None:
    answers = read_answers(replies)
    assert (answers.version, answers.clipboard, answers.sixel) == ("", False, False)


def test_a_hostile_name_is_cleaned() -> None:
    assert read_answers("\x1bP>|evil\n\u202e\x9b\x1b\\").version == "evil ⟨U+202E⟩"


def test_terminals_that_would_show_the_questions_are_not_asked() -> None:
    assert [questions({"TERM": term}) for term in ("", "dumb", "linux")] == ["", "", ""]
    assert questions({**TERM, "TERM_PROGRAM": "Apple_Terminal"}) == "\x1b[c"
    assert questions(TERM).endswith("\x1b[c")


def test_asking_returns_with_the_last_answer_and_leaves_the_terminal_as_it_was() -> None:
    with terminal(KITTY.encode()) as (descriptor, seen):
        before = termios.tcgetattr(descriptor)
        answers = ask(descriptor, TERM, wait=20.0)
        assert answers.version == "kitty(0.36.4)"
        assert answers.seconds is not None
        assert answers.seconds < 10
        assert termios.tcgetattr(descriptor) == before
    assert b"".join(seen).endswith(b"\r\x1b[K")


def test_a_terminal_that_does_not_answer_is_waited_for_as_long_as_said() -> None:
    with terminal(b"") as (descriptor, _):
        begun = time.monotonic()
        assert ask(descriptor, TERM, wait=0.2) == Answers()
        assert time.monotonic() - begun >= 0.2


def test_what_is_no_terminal_is_not_asked() -> None:
    reading, writing = os.pipe()
    assert ask(reading, TERM) == Answers()
    os.close(reading)
    os.close(writing)


def program(folder: Path, name: str, text: str) -> dict[str, str]:
    """An environment where a program prints a text."""
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{text}'\n")
    path.chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin", "TERM": "screen"}


def test_tmux_tells_its_version_and_options(tmp_path: Path) -> None:
    environment = {**program(tmp_path, "tmux", "3.4 external on"), "TMUX": "/tmp/x,1,0"}
    assert ask_multiplexer(environment) == Surroundings(Multiplexer.TMUX, "3.4", "external", "on")
    environment = {**program(tmp_path, "tmux", "2.9 "), "TMUX": "/tmp/x,1,0"}
    assert ask_multiplexer(environment) == Surroundings(Multiplexer.TMUX, "2.9")


def test_screen_tells_its_version(tmp_path: Path) -> None:
    environment = {**program(tmp_path, "screen", "Screen version 4.09.00 (GNU) 30-Jan-22"), "STY": "1.pts-0"}
    assert ask_multiplexer(environment) == Surroundings(Multiplexer.SCREEN, "4.09.00")


def test_a_multiplexer_on_another_machine_or_without_its_program_tells_nothing(tmp_path: Path) -> None:
    assert ask_multiplexer({"TERM": "tmux-256color"}) == Surroundings(Multiplexer.TMUX)
    nowhere = {"PATH": str(tmp_path), "TMUX": "/tmp/x,1,0"}
    assert ask_multiplexer(nowhere) == Surroundings(Multiplexer.TMUX)
    assert ask_multiplexer(TERM) == Surroundings()
