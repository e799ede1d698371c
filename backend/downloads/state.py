"""The life of a download as an explicit table."""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """`STALLED` waits for its next try. `DONE` is the end; the same model is downloaded again as a new download."""

    WAITING = "waiting"
    RUNNING = "running"
    STALLED = "stalled"
    PAUSED = "paused"
    FAILED = "failed"
    DONE = "done"


TRANSITIONS: dict[State, frozenset[State]] = {
    State.WAITING: frozenset({State.RUNNING, State.PAUSED}),
    State.RUNNING: frozenset({State.STALLED, State.PAUSED, State.FAILED, State.DONE}),
    State.STALLED: frozenset({State.RUNNING, State.WAITING, State.PAUSED}),
    State.PAUSED: frozenset({State.WAITING}),
    State.FAILED: frozenset({State.WAITING}),
    State.DONE: frozenset(),
}


def check(old: State, new: State) -> State:
    """`new`, if a download may go there from `old`; a `ValueError` otherwise."""
    if new not in TRANSITIONS[old]:
        raise ValueError(f"a download cannot go from {old.value} to {new.value}")
    return new
