"""Bodies that are large, packed or hostile."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from backend.errors import BadRequest
from backend.http.body import decoded
from backend.wire.ollama import ChatRequest

if TYPE_CHECKING:
    from tests.fakes.wire import Wire


async def test_a_packed_body_is_refused_whatever_is_in_it(wire: Wire) -> None:
    for body in (gzip.compress(b'{"model": "x"}'), b"not gzip"):
        answer = await wire.send("POST", "/api/show", body, headers={"Content-Encoding": "gzip"})
        assert answer.status == 415
        assert "compressed" in answer.json["error"]


def test_a_body_of_countless_values_is_refused_before_they_are_made() -> None:
    with pytest.raises(BadRequest, match="more than 4000000 values") as refused:
        decoded(b'{"messages":[' + b"[]," * 2_100_000 + b"[]]}", ChatRequest)
    assert refused.value.status == 413


def test_a_long_text_is_no_hostile_body() -> None:
    text = "a, [b] {c}, " * 200_000
    request = decoded(b'{"messages":[{"role":"user","content":"%s"}]}' % text.encode(), ChatRequest)
    assert request.messages[0].content == text


def test_a_large_wrong_body_is_refused_by_its_type() -> None:
    with pytest.raises(BadRequest, match="Expected `str`"):
        decoded(b'{"model":[' + b"1," * 600_000 + b"1]}", ChatRequest)
