from __future__ import annotations

import threading

from backend.monitor.bandwidth import measure


def test_memory_is_read_at_some_speed_and_no_thread_is_left() -> None:
    before = threading.active_count()
    assert 1e8 < measure(1 << 20) < 1e14
    assert measure(0) > 1e8, "nothing to read is read as the least that can be measured"
    assert threading.active_count() == before
