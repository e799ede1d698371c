"""How an answer is printed."""

from __future__ import annotations

import io
from contextlib import suppress

from backend.wire.ollama import GenerateResponse
from tui.commands.answer import AnswerPrinter, metric_lines


def printed(*pieces: tuple[str, str], hide_thinking: bool = False) -> str:
    out = io.StringIO()
    with AnswerPrinter(out, word_wrap=True, hide_thinking=hide_thinking) as printer:
        for thinking, answer in pieces:
            printer.piece(thinking, answer)
    return out.getvalue()


def test_an_answer_ends_with_one_newline() -> None:
    assert printed(("", "Hel"), ("", "lo"), ("", "")) == "Hello\n"
    assert printed(("", "Hello\n")) == "Hello\n"
    assert printed() == ""


def test_thinking_stands_between_its_marks() -> None:
    assert printed(("Hm", ""), ("m.", ""), ("", "Yes.")) == "Thinking...\nHmm.\n...done thinking.\n\nYes.\n"


def test_thinking_alone_is_closed_too() -> None:
    assert printed(("Hm", "")) == "Thinking...\nHm\n...done thinking.\n\n"


def test_thinking_can_be_hidden() -> None:
    assert printed(("Hmm.", ""), ("", "Yes."), hide_thinking=True) == "Yes.\n"


def test_an_answer_cannot_steer_the_terminal() -> None:
    assert printed(("\x1b]52;c;AAAA\x07", "\x1b"), ("", "[2J\u202e")) == (
        "Thinking...\n]52;c;AAAA\n...done thinking.\n\n[2J⟨U+202E⟩\n"
    )


def test_a_broken_answer_adds_nothing() -> None:
    out = io.StringIO()
    with suppress(KeyboardInterrupt), AnswerPrinter(out, word_wrap=True, hide_thinking=False) as printer:
        printer.piece("", "Hel")
        raise KeyboardInterrupt
    assert out.getvalue() == "Hel"


def test_metrics_are_labelled_and_zero_ones_left_out() -> None:
    final = GenerateResponse(
        model="m",
        created_at="",
        response="",
        done=True,
        total_duration=1_234_567_000,
        prompt_eval_count=12,
        prompt_eval_duration=500_000_000,
        eval_count=7,
        eval_duration=1_000_000_000,
    )
    assert metric_lines(final) == [
        "total duration:       1.234567s",
        "prompt eval count:    12 token(s)",
        "prompt eval duration: 500ms",
        "prompt eval rate:     24.00 tokens/s",
        "eval count:           7 token(s)",
        "eval duration:        1s",
        "eval rate:            7.00 tokens/s",
    ]
