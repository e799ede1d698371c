"""A column's figures, and what it waits for."""

from __future__ import annotations

from typing import Any

import pytest

from backend.wire.sessions import MessageView
from backend.wire.workstation import Snapshot
from tests.tui.scripted import WHEN, request, runner
from tui.compare.column import Column, ended, waiting
from tui.workspace import Workspace

MODEL = "smollm2:135m"


def reply(**fields: Any) -> MessageView:
    figures: dict[str, Any] = {"tokens": 120, "total_ns": 3_400_000_000, "load_ns": 1_000_000, "prompt_ns": 199_000_000}
    figures |= {"decode_ns": 2_400_000_000} | fields
    return MessageView(id=2, parent=1, role="assistant", content="x", created_at=WHEN, **figures)


@pytest.mark.parametrize(
    ("fields", "figures"),
    [
        ({}, "first token 1.0 s, waited 0.8 s\n50 tok/s · 120 tokens · 3.4 s"),
        ({"load_ns": 780_000_000}, "first token 1.0 s\n50 tok/s · 120 tokens · 3.4 s"),
        ({"tokens": 0}, "3.4 s"),
        ({"state": "cancelled", "tokens": 0, "total_ns": 0}, "stopped"),
        (
            {"done_reason": "length", "prompt_ns": 900_000_000},
            "first token 1.0 s\n50 tok/s · 120 tokens · 3.4 s · cut",
        ),
    ],
)
def test_figures_of_a_reply_are_the_backends(fields: dict[str, Any], figures: str) -> None:
    assert ended(reply(**fields)) == figures


def test_figures_grow_while_text_comes() -> None:
    column = Column(MODEL, {"seed": 7})
    column.begin(2, 10.0)
    assert column.figures(11.0) == ""
    column.take("one", "", 1, 12.0)
    assert column.figures(12.0) == "first token 2.0 s\n1 token"
    column.take(" two three", "", 3, 13.0)
    assert (column.figures(14.0), column.text) == ("first token 2.0 s\n1.0 tok/s · 3 tokens", "one two three")
    column.begin(3, 20.0)
    assert (column.text, column.figures(20.0)) == ("", "")


def test_a_title_tells_what_is_different() -> None:
    columns = [
        Column(MODEL, {"seed": 7, "top_k": 3}),
        Column(MODEL, {"seed": 8, "top_k": 3}),
        Column(MODEL, {"top_k": 3}),
    ]
    assert [column.title(columns) for column in columns] == [f"{MODEL} · seed 7", f"{MODEL} · seed 8", MODEL]


def workspace(*states: str, state: str = "ready") -> Workspace:
    """Requests of the model, the first of which came first."""
    snapshot = Snapshot(
        version="0", models_revision=1, runners=[], requests=[], memory_total=1, memory_available=1, cpu=0
    )
    snapshot.runners = [runner(MODEL, state=state, progress=0.4)]
    snapshot.requests = [
        request(MODEL, id=f"q{number}", client="puna-session", state=each, elapsed=9.0 - number)
        for number, each in enumerate(states)
    ]
    return Workspace(host="box", snapshot=snapshot)


@pytest.mark.parametrize(
    ("space", "first", "second"),
    [
        (workspace("prefill", "queued"), "reading the prompt …", "waiting for its turn: for memory or a free slot …"),
        (
            workspace("loading", "loading", state="loading"),
            "loading smollm2:135m … 40 %",
            "loading smollm2:135m … 40 %",
        ),
        (
            workspace("decode", "decode", "queued"),
            "reading the prompt …",
            "waiting for its turn: for memory or a free slot …",
        ),
        (workspace(), "…", "…"),
    ],
)
def test_columns_of_one_model_are_told_apart_by_their_order(space: Workspace, first: str, second: str) -> None:
    columns = [Column(MODEL), Column("gemma3:270m"), Column(MODEL)]
    for number, column in enumerate(columns, 1):
        column.begin(number, 0.0)
    assert waiting(space, columns, columns[0]) == first
    assert waiting(space, columns, columns[2]) == second
