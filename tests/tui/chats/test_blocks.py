from __future__ import annotations

from typing import Any

import pytest

from backend.wire.ollama import ToolCall, ToolCallFunction
from backend.wire.sessions import MessageView
from tui.actions.keymap import Keymap
from tui.chats.blocks import block, summary
from tui.transcript.block import Kind, Role


def message(role: str = "assistant", **fields: Any) -> MessageView:
    return MessageView(id=1, parent=0, role=role, content="text", created_at="", **fields)


def test_the_line_under_a_reply_says_what_it_took_and_why_it_was_cut() -> None:
    reply = message(tokens=120, decode_ns=1_428_571_428, total_ns=1_900_000_000)
    assert summary(reply) == "120 tokens · 84 tok/s · 1.9 s"
    assert summary(message(done_reason="length")) == "cut: num_predict or the context is used up"


@pytest.mark.parametrize(
    ("fields", "kind", "said"),
    [
        ({"state": "failed", "error": "no [b]luck\x1b[0m"}, Kind.ERROR, "no [b]luck[0m"),
        ({"state": "failed"}, Kind.ERROR, "no reason"),
        ({"state": "cancelled"}, Kind.NOTE, "■ stopped"),
        ({"state": "cancelled", "error": "by another"}, Kind.NOTE, "■ stopped: by another"),
        ({"state": "interrupted"}, Kind.NOTE, "cut off, the backend ended"),
    ],
)
def test_a_reply_says_how_it_ended(fields: dict[str, str], kind: Kind, said: str) -> None:
    parts = block(message(thinking="hm", **fields), Keymap()).parts
    assert [part.kind for part in parts[:2]] == [Kind.THINKING, Kind.TEXT]
    assert any(said in part.text for part in parts if part.kind is kind)


def test_a_running_reply_is_empty_until_it_is_followed() -> None:
    made = block(message(state="running", model="m:latest"), Keymap())
    assert (made.role, made.title, made.parts) == (Role.MODEL, "m", [])


def test_what_no_model_is_known_of_is_named_by_its_role() -> None:
    roles = ("user", "system", "tool", "assistant")
    assert [block(message(role), Keymap()).title for role in roles] == ["you", "system", "tool", "model"]
    with_images = block(message("user", image_count=2), Keymap())
    assert [part.text for part in with_images.parts] == ["text", "2 images"]


def test_a_call_of_a_tool_is_a_part_of_its_own() -> None:
    call = ToolCall(function=ToolCallFunction(name="read\x1b[2J", arguments={"path": "[b]x"}))
    parts = block(message(tool_calls=[call]), Keymap()).parts
    assert parts[1].kind is Kind.TOOL
    assert parts[1].text == 'read[2J\n{\n  "path": "[b]x"\n}'
