from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.transcript.heights import Heights

ESTIMATES = st.lists(st.integers(1, 9), min_size=1, max_size=30)


def test_a_row_belongs_to_the_block_that_it_stands_in() -> None:
    heights = Heights([2, 3])
    assert [heights.at(row) for row in range(5)] == [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)]
    assert heights.at(99) == (1, 2)
    assert heights.at(-1) == (0, 0)


def test_an_exact_height_moves_what_is_below() -> None:
    heights = Heights([2, 3])
    heights.append(4)
    assert not heights.is_exact(1)
    heights.set(1, 10)
    assert heights.is_exact(1)
    assert (heights.start(1), heights.start(2), heights.total) == (2, 12, 16)


@given(ESTIMATES, st.lists(st.tuples(st.integers(0, 29), st.integers(1, 20)), max_size=20))
def test_starts_are_the_sums_of_the_heights(estimates: list[int], changes: list[tuple[int, int]]) -> None:
    heights = Heights(estimates[:-1])
    heights.append(estimates[-1])
    wanted = list(estimates)
    for index, height in changes:
        if index < len(wanted):
            heights.set(index, height)
            wanted[index] = height
    assert [heights.height(index) for index in range(len(heights))] == wanted
    assert [heights.start(index) for index in range(len(heights))] == [
        sum(wanted[:index]) for index in range(len(wanted))
    ]
    for index in range(len(heights)):
        assert heights.at(heights.start(index)) == (index, 0)
