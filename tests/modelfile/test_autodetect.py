"""Templates that are recognised at create, and those that cannot be read (sections F.3, G.3 and L)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from backend.errors import BadRequest
from backend.modelfile.create import create
from backend.store import Digest, ModelName
from backend.store.manifest import PARAMS, TEMPLATE
from backend.template.known import known
from backend.wire.ollama import CreateRequest
from tests.fakes.gguf_file import gguf_bytes
from tests.template.test_known import SMOLLM2

if TYPE_CHECKING:
    from backend.store import Store

pytestmark = pytest.mark.section("F.3")

STOPS = b'{"stop":["\\u003c|im_start|\\u003e","\\u003c|im_end|\\u003e"]}\n'


def run(store: Store, **fields: object) -> list[str]:
    gguf = store.blobs.put(gguf_bytes({"tokenizer.chat_template": SMOLLM2}))
    request = CreateRequest(model="m", files={"m.gguf": str(gguf)}, **fields)  # type: ignore[arg-type] # fields
    return [progress.status for progress in create(store, request)]


def test_a_known_format_brings_its_template_and_stop_words(store: Store) -> None:
    statuses = run(store)
    model = store.get(ModelName.parse("m"))
    assert statuses == [
        "parsing GGUF",
        f"using existing layer {model.weights_digest}",
        "using autodetected template chatml",
        f"creating new layer {Digest.of(STOPS)}",
        "writing manifest",
        "success",
    ]
    assert [layer.media_type for layer in model.manifest.layers][1:] == [TEMPLATE, PARAMS]
    assert model.template == known("chatml").template
    assert model.params == {"stop": ["<|im_start|>", "<|im_end|>"]}


def test_what_the_request_says_goes_over_what_was_recognised(store: Store) -> None:
    statuses = run(store, template="{{ .Prompt }}", parameters={"temperature": 0.5})
    assert not [status for status in statuses if "autodetected" in status]
    model = store.get(ModelName.parse("m"))
    assert model.template == "{{ .Prompt }}"
    assert model.params == {"stop": ["<|im_start|>", "<|im_end|>"], "temperature": 0.5}
    run(store, parameters={"stop": ["x"]})
    assert store.get(ModelName.parse("m")).params == {"stop": ["x"]}


def test_a_template_that_cannot_be_read_is_refused_at_once(store: Store) -> None:
    with pytest.raises(BadRequest, match=r"^template error: template: :2: unexpected EOF$") as caught:
        create(store, CreateRequest(model="m", from_="x", template="a\n{{ if .Prompt }}"))
    assert caught.value.status == 400
