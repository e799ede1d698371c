"""`POST /v1/embeddings`: the specification's section B.4."""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.backend import add_model
from tests.fakes.openai_wire import document, refusal

if TYPE_CHECKING:
    from backend.settings import Settings
    from tests.fakes.wire import Answer, Wire

pytestmark = pytest.mark.section("B.4")

NO_TEXTS: list[object] = [5, {}, [1, 2], [[1]], ["x", None]]
WRONG_FORMAT = "Invalid value for 'encoding_format' = Int8. Supported values: ['float', 'base64']."


async def embed(wire: Wire, **fields: Any) -> Answer:
    return await wire.post("/v1/embeddings", **{"model": "m", "input": "hi", **fields})


async def test_a_reply_has_its_shape(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    native = (await wire.post("/api/embed", model="m", input=["one two", "three"])).json
    reply = document(await embed(wire, input=["one two", "three"]))
    assert list(reply) == ["object", "data", "model", "usage"]
    assert (reply["object"], reply["model"]) == ("list", "m")
    assert reply["data"] == [
        {"object": "embedding", "embedding": vector, "index": index}
        for index, vector in enumerate(native["embeddings"])
    ]
    assert reply["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    (one,) = document(await embed(wire, input="three", encoding_format="Float"))["data"]
    assert one["embedding"] == native["embeddings"][1]


@pytest.mark.section("M.16")
async def test_base64_holds_little_endian_floats(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    (plain,) = document(await embed(wire))["data"]
    (packed,) = document(await embed(wire, encoding_format="BASE64"))["data"]
    data = base64.b64decode(packed["embedding"], validate=True)
    assert struct.unpack(f"<{len(data) // 4}f", data) == pytest.approx(plain["embedding"])


async def test_fewer_dimensions(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    (one,) = document(await embed(wire, dimensions=3))["data"]
    assert len(one["embedding"]) == 3


async def test_an_empty_text_is_embedded_too(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    assert len(document(await embed(wire, input=""))["data"]) == 1


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"input": None}, (400, "invalid input")),
        ({"input": []}, (400, "invalid input")),
        *(({"input": given}, (400, "invalid input type")) for given in NO_TEXTS),
        ({"encoding_format": "Int8", "input": None}, (400, WRONG_FORMAT)),
        ({"model": ""}, (404, "model '' not found")),
        ({"model": "nobody"}, (404, 'model "nobody" not found, try pulling it first')),
    ],
)
async def test_errors_come_in_the_envelope(
    wire: Wire, backend: Settings, fields: dict[str, Any], expected: tuple[int, str]
) -> None:
    add_model(backend, "m")
    assert refusal(await embed(wire, **fields)) == expected
