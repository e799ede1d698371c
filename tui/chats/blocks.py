"""Messages of a session → blocks of the transcript."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.quantity import count, rate
from tui.transcript.block import Block, Kind, Role
from tui.workspace import shown_name

if TYPE_CHECKING:
    from backend.wire.sessions import MessageView
    from tui.chats.conversation import Conversation

_TITLES = {"user": "you", "system": "system", "tool": "tool"}
ASK_AGAIN = "Esc, then a asks again."


def blocks(conversation: Conversation) -> list[Block]:
    """The branch that is shown."""
    made = []
    for message in conversation.branch():
        one = block(message)
        one.message, siblings = message.id, conversation.siblings(message.id)
        one.siblings = (siblings.index(message.id) + 1, len(siblings))
        made.append(one)
    return made


def block(message: MessageView) -> Block:
    """One message with its end; a running reply is empty, since whoever follows it gets all of its text."""
    made = Block(Role.MODEL, shown_name(message.model)) if message.role == "assistant" else said(message.role)
    if message.state == "running":
        return made
    made.append(Kind.THINKING, message.thinking)
    made.append(Kind.TEXT, message.content)
    if message.image_count:
        made.append(Kind.NOTE, images(message.image_count))
    if message.role == "assistant":
        finish(made, message)
    return made


def said(role: str) -> Block:
    """An empty block for what somebody else than a model said."""
    return Block(Role.USER, _TITLES.get(role, role))


def images(number: int) -> str:
    """That a message has images."""
    return "1 image" if number == 1 else f"{number} images"


def finish(reply: Block, message: MessageView) -> None:
    """Say under a reply how it ended."""
    if message.state == "failed":
        reply.append(Kind.ERROR, message.error or "the backend gave no reason")
        reply.append(Kind.NOTE, ASK_AGAIN)
    elif message.state == "cancelled":
        reply.append(Kind.NOTE, f"■ stopped{': ' if message.error else ''}{message.error}")
    elif message.state == "interrupted":
        reply.append(Kind.NOTE, f"■ cut off, the backend ended. {ASK_AGAIN}")
    else:
        reply.append(Kind.NOTE, summary(message))


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
