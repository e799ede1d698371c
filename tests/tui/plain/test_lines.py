from __future__ import annotations

import asyncio
import io

from tui.plain.lines import Speech, StreamLines


async def test_lines_of_a_stream_come_in_order_and_its_end_stays() -> None:
    lines = StreamLines(io.StringIO("one\r\ntwo\n\nthree"))
    async with asyncio.timeout(5):
        assert [await lines.get() for _ in range(6)] == ["one", "two", "", "three", None, None]


def test_pieces_are_held_until_a_sentence_ends() -> None:
    written: list[str] = []
    speech = Speech(written.append)
    for piece in ("Pi is 3", ".14 or", " so. And", "\x1b[31m", " e\n", "rest"):
        speech.piece(piece)
    assert written == ["Pi is 3.14 or so. ", "And[31m e\n"]
    speech.say("Done.")
    assert written[2:] == ["rest", "\n", "Done.\n"]
