"""Chats that do not fit their context: the specification's section G.6, seen from the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from backend.wire.ollama import Message
from tests.fakes.backend import add_model
from tests.fakes.observed import asked

if TYPE_CHECKING:
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from tests.fakes.wire import Wire

pytestmark = pytest.mark.section("A.3")

# The fake runner's tokens are words, its template `<role>content` per line and `<assistant>` at the end.
CONTEXT = 12
TALENTED = {"tokenizer.chat_template": "tools"}


def said(role: str, *words: str) -> dict[str, Any]:
    return {"role": role, "content": " ".join(words)}


async def heard(runners: list[RunnerHandle], wire: Wire, messages: list[dict[str, Any]], **fields: Any) -> list[str]:
    """What the engine was asked last, as `role:content`."""
    options = {"num_ctx": CONTEXT}
    answer = await wire.post("/api/chat", model="m", messages=messages, options=options, **fields)
    assert answer.lines[-1]["done"] is True
    body = (await asked(runners[-1]))[-1]
    return [f"{message['role']}:{message['content']}" for message in body["messages"]]


async def test_the_oldest_messages_are_dropped(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    messages = [said("user", *(f"{word}{number}" for word in "abcd")) for number in range(6)]
    assert await heard(runners, wire, messages) == ["user:a4 b4 c4 d4", "user:a5 b5 c5 d5"]


async def test_what_fits_is_left_as_it_is(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    messages = [said("user", "a"), said("assistant", "b"), said("user", "c" * 500)]
    assert len(await heard(runners, wire, messages)) == 3
    exact = [said("user", *"abcde"), said("user", *"fghijk")]
    assert len(await heard(runners, wire, exact)) == 2
    longer = [said("user", *"abcde"), said("user", *"fghijkl")]
    assert len(await heard(runners, wire, longer)) == 1


async def test_system_messages_and_the_last_one_stay(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m")
    messages = [said("system", "s1"), said("user", *"abcdef"), said("system", "s2"), said("user", *"ghijkl")]
    assert await heard(runners, wire, messages) == ["system:s1", "system:s2", "user:g h i j k l"]
    too_long = [said("system", "s1"), said("user", "a"), said("user", *"bcdefghijklmnopq")]
    assert await heard(runners, wire, too_long) == ["system:s1", "user:b c d e f g h i j k l m n o p q"]


async def test_the_models_own_system_text_stays_too(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    stored = [Message(role="user", content="a b c"), Message(role="assistant", content="d e f")]
    add_model(backend, "m", system="be brief", messages=stored)
    assert await heard(runners, wire, [said("user", *"ghijklm")]) == ["system:be brief", "user:g h i j k l m"]


async def test_nothing_is_dropped_if_the_client_forbids_it(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m")
    messages = [said("user", *"abcdefgh"), said("user", *"ijklmnop")]
    assert len(await heard(runners, wire, messages, truncate=False)) == 2


async def test_a_single_message_is_for_the_engine_to_judge(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m")
    words = " ".join(f"w{number}" for number in range(99))
    assert await heard(runners, wire, [said("user", words)]) == [f"user:{words}"]
    assert await asked(runners[0], "/tokenize") == []


async def test_a_small_chat_is_not_measured(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m", metadata=TALENTED)
    messages = [said("user", "a"), said("user", "b")]
    await wire.post("/api/chat", model="m", messages=messages)
    assert await asked(runners[0], "/tokenize", "/apply-template") == []
    tool = {"type": "function", "function": {"name": "look", "parameters": {}}}
    await wire.post("/api/chat", model="m", messages=messages, tools=[tool])
    rendered = await asked(runners[0], "/apply-template")
    assert rendered
    assert all(body["tools"] == [tool] for body in rendered)


async def test_few_steps_find_the_start_of_a_long_chat(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m")
    messages = [said("user", f"w{number}") for number in range(1000)]
    assert await heard(runners, wire, messages) == [f"user:w{number}" for number in range(989, 1000)]
    assert len(await asked(runners[0], "/tokenize")) <= 10


async def test_a_look_at_the_prompt_sees_the_cut_chat(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    messages = [said("user", *"abcdefgh"), said("user", *"ijklmnop")]
    fields = {"options": {"num_ctx": CONTEXT}, "_debug_render_only": True}
    reply = (await wire.post("/api/chat", model="m", messages=messages, **fields)).json
    assert reply["_debug_info"]["rendered_template"] == "<user>i j k l m n o p\n<assistant>"
