"""Section A.2 of the specification, where the tests of the HTTP side and of inference leave a sentence open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from backend.store import Config, Layer, Manifest, ModelName, Store
from backend.store.manifest import CONFIG
from backend.wire.ollama import Message
from tests.fakes.backend import add_model
from tests.fakes.observed import asked

if TYPE_CHECKING:
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from tests.fakes.wire import Answer, Wire

pytestmark = pytest.mark.section("A.2")

GAP = "{{ if .Suffix }}<pre>{{ .Prompt }}<suf>{{ .Suffix }}<mid>{{ else }}{{ .System }}|{{ .Prompt }}{{ end }}"
NO_CLOUD = (403, "ollama cloud is disabled: remote model is unavailable")


async def generate(wire: Wire, **fields: Any) -> Answer:
    return await wire.post("/api/generate", **{"model": "m", "prompt": "hi", **fields})


@pytest.mark.section("A.3", "A.4", "A.5", "C")
@pytest.mark.parametrize("name", ["m:cloud", "m:20b-cloud", "m:20b:cloud", "M:CLOUD", "me/missing:cloud"])
async def test_a_name_in_the_cloud_is_forbidden(wire: Wire, backend: Settings, name: str) -> None:
    add_model(backend, "m")
    for path in ("generate", "chat", "embed", "embeddings"):
        for stream in (True, False):
            body = {"prompt": "hi", "input": "hi", "messages": [{"role": "user", "content": "hi"}], "stream": stream}
            assert (await wire.post(f"/api/{path}", model=name, **body)).refusal == NO_CLOUD


async def test_what_the_configuration_says_of_a_model_is_heeded(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    configure(backend, Config(remote_host="https://ollama.com", remote_model="m"))
    assert (await generate(wire)).refusal == NO_CLOUD
    configure(backend, Config(model_family="llama", capabilities=("image",)))
    images = (400, "image generation models are not currently supported")
    assert (await generate(wire, raw=True, system="s")).refusal == images


def configure(settings: Settings, config: Config) -> None:
    """Give the model `m` another configuration."""
    store = Store(settings.models)
    name, data = ModelName.parse("m"), config.encode()
    layer = Layer(CONFIG, store.blobs.put(data), len(data))
    store.write(name, Manifest(layer, store.get(name).manifest.layers))


@pytest.mark.section("C")
async def test_a_name_may_say_that_it_is_local(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    for name in ("m:local", "m:latest:local", " m:Local "):
        reply = (await generate(wire, model=name, stream=False)).json
        assert (reply["model"], reply["done"]) == (name, True)


@pytest.mark.parametrize("think", ["", "on", "HIGH"])
async def test_other_levels_of_thinking_are_refused(wire: Wire, backend: Settings, think: str) -> None:
    add_model(backend, "m")
    text = f'invalid think value: "{think}" (must be "high", "medium", "low", "max", true, or false)'
    assert (await generate(wire, think=think)).refusal == (400, text)


@pytest.mark.section("A.3")
@pytest.mark.parametrize("think", [1, 0, 0.5, [], {}, [True]])
async def test_other_types_of_think_are_refused(wire: Wire, think: Any) -> None:
    text = 'think must be a boolean or string ("high", "medium", "low", "max", true, or false)'
    assert (await generate(wire, think=think)).refusal == (400, text)
    assert (await wire.post("/api/chat", model="m", think=think)).refusal == (400, text)


@pytest.mark.parametrize("think", [False, None])
async def test_a_model_that_does_not_think_may_be_told_not_to(
    wire: Wire, backend: Settings, think: bool | None
) -> None:
    add_model(backend, "m")
    last = (await generate(wire, think=think)).lines[-1]
    assert (last["done_reason"], "thinking" in last) == ("stop", False)


async def test_a_bad_template_is_a_500_after_the_load(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    for stream in (True, False):
        status, text = (await generate(wire, template="{{ .Prompt", stream=stream)).refusal
        assert (status, "template" in text) == (500, True)
    assert (await generate(wire, template="{{ .Prompt", prompt="")).json["done_reason"] == "load"


@pytest.mark.section("M.7")
async def test_a_suffix_leaves_system_text_and_messages_out(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", template=GAP, system="unheard", messages=[Message(role="user", content="unheard")])
    assert (await wire.post("/api/show", model="m")).json["capabilities"] == ["completion", "insert"]
    await generate(wire, prompt="def f(", suffix="return 1")
    assert [body["prompt"] for body in await asked(runners[0])] == ["<pre>def f(<suf>return 1<mid>"]


async def test_a_template_of_the_request_is_executed_though_the_weights_have_their_own(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", system="of the model")
    await generate(wire, template="{{ .System }}>{{ .Prompt }}")
    assert [body["prompt"] for body in await asked(runners[0])] == ["of the model>hi"]


async def test_stored_messages_are_not_repeated_after_a_context(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", messages=[Message(role="user", content="stored")])
    context = (await generate(wire, prompt="say «one»", stream=False)).json["context"]
    await generate(wire, context=context)
    assert [body["prompt"] for body in await asked(runners[0])] == [
        "<user>stored\n<user>say «one»\n<assistant>",
        "<user>stored\n<user>say «one»\n<assistant>one<user>hi\n<assistant>",
    ]


async def test_a_context_of_strange_tokens_is_refused(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    status, text = (await generate(wire, context=["x"])).refusal
    assert (status, "int" in text) == (400, True)


@pytest.mark.parametrize(("architecture", "shifts"), [("llama", True), ("deepseek2", False)])
async def test_one_family_does_not_outgrow_its_context_unless_told(
    runners: list[RunnerHandle], wire: Wire, backend: Settings, architecture: str, shifts: bool
) -> None:
    metadata = {f"{architecture}.context_length": 64, "general.architecture": architecture}
    add_model(backend, "m", metadata=metadata)
    text = " ".join(f"w{n}" for n in range(90))
    answer = await generate(wire, prompt=text, raw=True)
    assert answer.status == (200 if shifts else 400)
    assert len(runners) == 1
    assert (await generate(wire, prompt=text, raw=True, shift=not shifts)).status == (400 if shifts else 200)
    assert len(runners) == 2


async def test_unloading_does_not_wait_for_the_busy(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    async with wire.session.post("/api/generate", json={"model": "m", "prompt": "@hang=1"}) as busy:
        await busy.content.readline()
        reply = (await generate(wire, prompt="", keep_alive=0)).json
        assert (reply["done"], reply["done_reason"], reply["response"]) == (True, "unload", "")
        assert not busy.content.at_eof()


async def test_a_schema_that_nobody_can_follow_is_refused(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    status, text = (await generate(wire, format={"$ref": "#/$defs/nope"})).refusal
    assert (status, "cannot be followed" in text) == (400, True)
    for nothing in ("", None):
        assert (await generate(wire, format=nothing)).lines[-1]["done"] is True


@pytest.mark.section("0", "A.3")
@pytest.mark.parametrize(
    ("data", "byte"), [("data:image/png;base64,AAAA", 4), ("AAA", 0), ("AAAA!", 4), ("AAAAA===", 4), ("ä", 0)]
)
async def test_what_is_not_base64_is_refused(wire: Wire, data: str, byte: int) -> None:
    refusal = (400, f"illegal base64 data at input byte {byte}")
    assert (await generate(wire, images=[data])).refusal == refusal
    message = {"role": "user", "content": "hi", "images": [data]}
    assert (await wire.post("/api/chat", model="m", messages=[message])).refusal == refusal
