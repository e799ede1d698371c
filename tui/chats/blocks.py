"""Messages of a session → blocks of the transcript."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tui.quantity import count, rate
from tui.terminal.sanitize import clean_line
from tui.transcript.block import Block, Kind, Role
from tui.workspace import shown_name

if TYPE_CHECKING:
    from backend.wire.sessions import MessageView
    from tui.actions.keymap import Keymap
    from tui.chats.conversation import Conversation

_TITLES = {"user": "you", "system": "system", "tool": "tool"}


def blocks(conversation: Conversation, keys: Keymap) -> list[Block]:
    """The branch that is shown."""
    made = []
    for message in conversation.branch():
        one = block(message, keys)
        one.message, siblings = message.id, conversation.siblings(message.id)
        one.siblings = (siblings.index(message.id) + 1, len(siblings))
        made.append(one)
    return made


def block(message: MessageView, keys: Keymap) -> Block:
    """One message with its end; a running reply is empty, since whoever follows it gets all of its text."""
    is_reply = message.role == "assistant"
    made = Block(Role.MODEL, shown_name(message.model) or "model") if is_reply else said(message.role)
    if message.state == "running":
        return made
    made.append(Kind.THINKING, message.thinking)
    made.append(Kind.TEXT, message.content)
    if message.image_count:
        made.append(Kind.NOTE, images(message.image_count))
    if message.role == "assistant":
        finish(made, message, keys)
    return made


def said(role: str) -> Block:
    """An empty block for what somebody else than a model said."""
    return Block(Role.USER, _TITLES.get(role, role))


def images(number: int) -> str:
    """That a message has images."""
    return "1 image" if number == 1 else f"{number} images"


def finish(reply: Block, message: MessageView, keys: Keymap) -> None:
    """Say under a reply what it called for, and how it ended."""
    for call in message.tool_calls:
        arguments = msgspec.json.format(msgspec.json.encode(call.function.arguments)).decode()
        reply.append(Kind.TOOL, f"{clean_line(call.function.name)}\n{arguments}")
    if message.state == "failed":
        reply.append(Kind.ERROR, message.error or "the backend gave no reason")
        reply.append(Kind.NOTE, _ask_again(keys))
    elif message.state == "cancelled":
        reply.append(Kind.NOTE, f"■ stopped{': ' if message.error else ''}{message.error}")
    elif message.state == "interrupted":
        reply.append(Kind.NOTE, f"■ cut off, the backend ended. {_ask_again(keys)}")
    else:
        reply.append(Kind.NOTE, summary(message))


def _ask_again(keys: Keymap) -> str:
    return f"{keys.name('app.back')}, then {keys.name('messages.again')} asks again."


def summary(message: MessageView) -> str:
    """The line under a reply: tokens, rate, and why it ended if not by itself."""
    parts = [f"{count(message.tokens)} tokens"] if message.tokens else []
    if message.decode_ns and message.tokens:
        parts.append(rate(message.tokens / message.decode_ns * 1e9))
    if message.total_ns:
        parts.append(f"{message.total_ns / 1e9:.1f} s")
    if message.done_reason == "length":
        parts.append("cut: num_predict or the context is used up")
    return " · ".join(parts)
