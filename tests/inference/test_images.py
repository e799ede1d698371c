"""Images in prompts that are made here, seen from the engine: the specification's sections A.2, G.6 and I.3.

No model that sees is at hand: these tests show what the engine is sent, not what it makes of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backend.store.store import Store
from tests.fakes.backend import add_model
from tests.fakes.gguf_file import gguf_bytes
from tests.fakes.observed import asked

if TYPE_CHECKING:
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from tests.fakes.wire import Wire

CHAT = "{{ range .Messages }}<{{ .Role }}>{{ .Content }}\n{{ end }}<assistant>"


def shown(content: str, *images: str) -> dict[str, Any]:
    return {"role": "user", "content": content, "images": images}


async def prompt(runners: list[RunnerHandle]) -> Any:
    """What the engine was asked last to complete, with `<m>` for its marker."""
    bodies = await asked(runners[-1])
    assert bodies[-1]["path"] == "/completion"
    sent = bodies[-1]["prompt"]
    marker = runners[-1].client.media_marker
    return sent if isinstance(sent, str) else sent | {"prompt_string": sent["prompt_string"].replace(marker, "<m>")}


async def test_a_chat_through_a_go_template_shows_its_images(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", template=CHAT)
    messages = [shown("u", "AAAA"), {"role": "assistant", "content": "a"}, shown("what is [img]?", "BBBB")]
    await wire.post("/api/chat", model="m", messages=messages)
    assert await prompt(runners) == {
        "prompt_string": "<user><m>u\n<assistant>a\n<user>what is <m>?\n<assistant>",
        "multimodal_data": ["AAAA", "BBBB"],
    }
    reply = (await wire.post("/api/chat", model="m", messages=messages, _debug_render_only=True)).json
    text = "<user>[img-0]u\n<assistant>a\n<user>what is [img-1]?\n<assistant>"
    assert reply["_debug_info"] == {"rendered_template": text, "image_count": 2}


async def test_generate_shows_images_through_any_template(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", template=CHAT)
    await wire.post("/api/generate", model="m", prompt="hi", images=["AAAA"])
    assert await prompt(runners) == {"prompt_string": "<user><m>hi\n<assistant>", "multimodal_data": ["AAAA"]}
    add_model(backend, "jinja")
    await wire.post("/api/generate", model="jinja", prompt="hi", images=["AAAA"])
    assert await prompt(runners) == {"prompt_string": "<user><m>hi\n<assistant>", "multimodal_data": ["AAAA"]}
    add_model(backend, "none", metadata={"tokenizer.chat_template": ""})
    await wire.post("/api/generate", model="none", prompt="hi", images=["AAAA"])
    assert await prompt(runners) == {"prompt_string": "<m>hi", "multimodal_data": ["AAAA"]}


async def test_a_raw_prompt_may_say_where_its_images_stand(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", template=CHAT)
    await wire.post("/api/generate", model="m", prompt="a [img-0] b", images=["AAAA"], raw=True)
    assert await prompt(runners) == {"prompt_string": "a <m> b", "multimodal_data": ["AAAA"]}
    await wire.post("/api/generate", model="m", prompt="a [img-0] b", raw=True)
    assert await prompt(runners) == "a [img-0] b"


async def test_an_image_takes_its_tokens_from_the_context(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    """Section G.6: 768 tokens, if the model has a projector."""
    more = {"mmproj.gguf": str(Store(backend.models).blobs.put(gguf_bytes({"general.architecture": "clip"})))}
    messages = [shown(f"u{n}", "AAAA") for n in range(3)]
    for name, files, kept in (("blind", {}, 3), ("m", more, 2)):
        add_model(backend, name, template=CHAT, more=files)
        await wire.post("/api/chat", model=name, messages=messages, options={"num_ctx": 1600})
        assert len((await prompt(runners))["multimodal_data"]) == kept


async def test_text_that_looks_like_a_place_stays_text(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m", template=CHAT)
    await wire.post("/api/chat", model="m", messages=[{"role": "user", "content": "see [img-0]"}])
    assert await prompt(runners) == "<user>see [img-0]\n<assistant>"
