"""Bodies that are large, packed or hostile."""

from __future__ import annotations

import gzip
import sys
from typing import TYPE_CHECKING

import pytest

from backend.errors import BadRequest
from backend.http.body import converted, decoded
from backend.wire.anthropic import CountRequest, TextBlock
from backend.wire.ollama import ChatRequest

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.wire import Wire

pytestmark = pytest.mark.section("0")


async def test_a_body_packed_otherwise_is_refused_whatever_is_in_it(wire: Wire) -> None:
    for body in (gzip.compress(b'{"model": "x"}'), b"not gzip"):
        answer = await wire.send("POST", "/api/show", body, headers={"Content-Encoding": "gzip"})
        assert answer.status == 415
        assert "compressed" in answer.json["error"]


@pytest.mark.section("B", "K")
@pytest.mark.parametrize("encoding", ["zstd", "ZSTD"])
async def test_a_body_may_come_as_zstd(wire: Wire, encoding: str) -> None:
    """The specification's sections B and K."""
    packed = zstd.compress(b'{"model": "nobody"}')
    for path in ("/api/chat", "/v1/chat/completions", "/v1/embeddings", "/v1/messages", "/v1/responses"):
        answer = await wire.send("POST", path, packed, {"Content-Encoding": encoding})
        assert answer.status in {400, 404}  # what it asks for was read
        assert b"zstd" not in answer.body


@pytest.mark.parametrize("spoil", [lambda packed: packed[:-5], lambda packed: packed * 2, lambda _: b"{}"])
async def test_a_damaged_zstd_body_is_refused(wire: Wire, spoil: Callable[[bytes], bytes]) -> None:
    body = spoil(zstd.compress(b'{"model": "nobody"}'))
    answer = await wire.send("POST", "/api/show", body, {"Content-Encoding": "zstd"})
    status, text = answer.refusal
    assert (status, "zstd" in text) == (400, True)


@pytest.mark.section("K")
async def test_a_zstd_body_that_grows_too_large_is_refused(wire: Wire) -> None:
    for size, status in (((20 << 20) + 1, 413), (20 << 20, 404)):
        text = b'{"model":"nobody"}'
        body = zstd.compress(text + b" " * (size - len(text)))
        assert len(body) < 10_000
        assert (await wire.send("POST", "/api/show", body, {"Content-Encoding": "zstd"})).status == status


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


def test_keys_and_nulls_are_read_alike_wherever_a_field_has_several_types() -> None:
    body = (
        b'{"Messages":[{"ROLE":"user","content":[{"type":"text","TEXT":null}]}],"system":null,"Thinking":{"TYPE":"x"}}'
    )
    request = decoded(body, CountRequest)
    assert request.messages[0].role == "user"
    assert (request.system, request.thinking.type) == ("", "x")
    content = request.messages[0].content
    assert isinstance(content, list)
    (block,) = content
    assert converted(block, TextBlock).text == ""


def test_a_part_that_does_not_fit_is_named() -> None:
    with pytest.raises(BadRequest, match=r"^here: Expected `str`, got `int` - at `\$\.text`$"):
        converted({"text": 5}, TextBlock, "here")
