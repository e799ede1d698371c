"""JSON that is meant to do harm: refused with a reason, and the backend goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.fakes.wire import Wire

HOSTILE = {
    "100,000 levels": b'{"model":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "65 levels": b'{"model":"m","x":' + b"[" * 65 + b"]" * 65 + b"}",
    "100,000 objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "no end": b"[" * 100_000,
    "NaN": b'{"model":"m","x":NaN}',
    "Infinity": b'{"model":"m","x":-Infinity}',
    "UTF-16": '{"model":"m"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"model":"m"}',
    "a lone surrogate": b'{"model":"\\ud800"}',
    "no UTF-8": b'{"model":"\xff"}',
    "a control character": b'{"model":"\x01"}',
    "no value": b'{"model":}',
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("path", ["/api/show", "/api/chat", "/v1/chat/completions", "/v1/messages", "/puna/v1/keys"])
async def test_it_is_a_bad_request(wire: Wire, kind: str, path: str) -> None:
    answer = await wire.send("POST", path, HOSTILE[kind])
    assert answer.status in ({401} if path == "/puna/v1/keys" else {400})
    assert b"error" in answer.body
    assert len(answer.body) < 1000


@pytest.mark.parametrize("number", [b"9" * 5000, b"1e999", b"-1e999"])
async def test_a_number_beyond_all_bounds_is_no_defect(wire: Wire, number: bytes) -> None:
    body = b'{"model":"m","options":{"temperature":%b},"keep_alive":%b,"messages":[]}' % (number, number)
    for path in ("/api/chat", "/api/generate", "/api/embed", "/v1/chat/completions", "/puna/v1/estimate"):
        answer = await wire.send("POST", path, body)
        assert 400 <= answer.status < 500
        assert b"error" in answer.body


async def test_a_body_that_announces_too_much_is_refused_at_once(wire: Wire) -> None:
    for length in (b"%d" % (257 << 20), b"9" * 18):
        request = b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: %b\r\n\r\n" % length
        assert (await wire.head_of(request)).startswith(b"HTTP/1.1 413 ")
