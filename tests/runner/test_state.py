import pytest

from backend.runner.state import TRANSITIONS, RunnerState, check


def test_every_state_reaches_the_end() -> None:
    for state in RunnerState:
        seen, todo = set(), [state]
        while todo:
            current = todo.pop()
            seen.add(current)
            todo += TRANSITIONS[current] - seen
        assert RunnerState.EXITED in seen


def test_an_exited_runner_stays_exited() -> None:
    with pytest.raises(ValueError, match="cannot go from exited to ready"):
        check(RunnerState.EXITED, RunnerState.READY)
