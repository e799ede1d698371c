"""Chats whose reply begins with a given text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from backend.inference.prompt import Prompt
from backend.wire.ollama import ChatRequest, Message

if TYPE_CHECKING:
    from backend.inference.parsers.family import Family


class Continued(ChatRequest, kw_only=True):
    """`messages` end with the one to reply to; the model goes on behind `prefix`, and does not think again.

    `prefix_thinking` is what it thought before.
    """

    prefix: str
    prefix_thinking: str = ""

    @classmethod
    def of(cls, request: ChatRequest) -> Continued:
        """A request whose last message is to be gone on with."""
        fields = {name: getattr(request, name) for name in ChatRequest.__struct_fields__}
        last = request.messages[-1]
        fields["messages"] = request.messages[:-1]
        return cls(**fields, prefix=last.content, prefix_thinking=last.thinking)

    def behind(self, prompt: Prompt, family: Family) -> Prompt:
        """The prompt of the next message with the beginning of the reply, which is past its thinking."""
        said = family.thought(prompt.text, self.prefix_thinking)
        return Prompt(family.answering(prompt.text, said) + self.prefix, prompt.images)

    def for_engine(self) -> Continued:
        """As the engine's chats take it: a last message of the assistant is left open, unless the model may think."""
        opened = Message(role="assistant", content=self.prefix)
        return msgspec.structs.replace(self, messages=[*self.messages, opened], think=False)
