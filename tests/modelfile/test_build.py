"""How much one create request may put into a model (threats.md, "Hostile input")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from backend.errors import BackendError
from backend.modelfile.create import create
from backend.store.model import TEXT_LIMIT
from backend.wire.ollama import CreateRequest
from tests.fakes.gguf_file import gguf_bytes

if TYPE_CHECKING:
    from backend.store import Store


def run(store: Store, **fields: Any) -> None:
    for _ in create(store, CreateRequest(**fields)):
        pass


def base(store: Store, **fields: Any) -> None:
    run(store, model="base", files={"m.gguf": str(store.blobs.put(gguf_bytes()))}, **fields)


def test_texts_that_could_not_be_read_again_are_refused(store: Store) -> None:
    base(store, license="x" * TEXT_LIMIT)
    with pytest.raises(BackendError, match="take more than 16 MiB") as caught:
        run(store, model="child", from_="base", license="x")
    assert caught.value.status == 413
    run(store, model="child", from_="base", system="x")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"license": ["x"] * 1025}, "the model has more than 1024 layers"),
        ({"adapters": {f"{number}.gguf": "" for number in range(4097)}}, "a model of 4097 files"),
    ],
)
def test_too_many_parts_are_refused(store: Store, fields: dict[str, Any], message: str) -> None:
    base(store)
    with pytest.raises(BackendError, match=message) as caught:
        run(store, model="child", from_="base", **fields)
    assert caught.value.status == 413
