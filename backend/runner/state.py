"""The life of a runner as an explicit table."""

from __future__ import annotations

from enum import Enum


class RunnerState(Enum):
    """`EXITED` is the end; a runner is never started again, a new one is made."""

    STARTING = "starting"
    LOADING = "loading"
    READY = "ready"
    STOPPING = "stopping"
    EXITED = "exited"


TRANSITIONS: dict[RunnerState, frozenset[RunnerState]] = {
    RunnerState.STARTING: frozenset({RunnerState.LOADING, RunnerState.STOPPING, RunnerState.EXITED}),
    RunnerState.LOADING: frozenset({RunnerState.READY, RunnerState.STOPPING, RunnerState.EXITED}),
    RunnerState.READY: frozenset({RunnerState.STOPPING, RunnerState.EXITED}),
    RunnerState.STOPPING: frozenset({RunnerState.EXITED}),
    RunnerState.EXITED: frozenset(),
}


def check(old: RunnerState, new: RunnerState) -> RunnerState:
    """`new`, if a runner may go there from `old`; a `ValueError` otherwise."""
    if new not in TRANSITIONS[old]:
        raise ValueError(f"a runner cannot go from {old.value} to {new.value}")
    return new
