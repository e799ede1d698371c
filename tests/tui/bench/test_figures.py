from __future__ import annotations

import pytest

from tests.tui.bench.made import reply
from tui.bench.figures import Spread, level


def test_one_stream_has_the_rates_of_its_stamps_and_of_the_engine() -> None:
    found = level([[reply(0.0, 0.5, 2.5, 21)], [reply(10.0, 11.0, 12.0, 21)]])
    assert found.prefill == Spread(150.0, 100.0, 200.0)
    assert found.decode == Spread(15.0, 10.0, 20.0)
    assert found.first_token == Spread(0.75, 0.5, 1.0)
    assert found.engine_prefill == Spread(100.0, 100.0, 100.0)
    assert found.engine_decode == Spread(10.5, 10.5, 10.5)
    assert (found.streams, found.prompt_tokens, found.tokens) == (1, 100, 21)


def test_several_streams_count_while_all_of_them_decode() -> None:
    early, late = reply(0.0, 1.0, 5.0, 41), reply(0.0, 3.0, 7.0, 41)
    found = level([[early, late]])
    assert found.decode is not None
    assert found.decode.median == pytest.approx(20.0)  # ten a second each, from 3 to 5
    assert found.prefill is not None
    assert found.prefill.median == pytest.approx(200 / 3)
    assert (found.engine_prefill, found.engine_decode) == (None, None)


def test_a_piece_of_several_tokens_counts_as_so_many() -> None:
    found = level([[reply(0.0, 1.0, 3.0, 42, pieces=21)]])
    assert found.decode is not None
    assert found.decode.median == pytest.approx(20.0)


def test_a_reply_of_one_piece_has_no_decode_rate() -> None:
    assert level([[reply(0.0, 1.0, 1.0, 1)]]).decode is None
