"""The chat of `puna run` on a terminal: what the next request says. Nothing is shown or sent here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend.wire.ollama import ChatRequest, Message
from tui.parameters import Parameters
from tui.slash.save import save_request

if TYPE_CHECKING:
    from backend.wire.ollama import CreateRequest, ShowResponse


@dataclass(slots=True)
class Chat:
    """`stored` are the MESSAGEs of the model, which the backend puts before `messages` by itself."""

    model: str
    parameters: Parameters = field(default_factory=Parameters)
    stored: list[Message] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    word_wrap: bool = True
    verbose: bool = False
    hide_thinking: bool = False

    def use(self, model: str, shown: ShowResponse) -> None:
        """Begin anew with a model; what the user has set stays."""
        self.model = model
        self.parameters.use_model(shown)
        self.stored, self.messages = shown.messages, []

    def request(self) -> ChatRequest:
        """What is sent now. A model that can think does so unless it is told not to."""
        parameters = self.parameters
        system = [Message(role="system", content=parameters.system)] if parameters.system else []
        return ChatRequest(
            model=self.model,
            messages=[*system, *self.messages],
            options=parameters.options(),
            think=parameters.think if parameters.think is not None else (parameters.can_think or None),
            format=parameters.format,
            keep_alive=parameters.own_keep_alive,
        )

    def saved_as(self, name: str) -> CreateRequest:
        """What makes a model of the chat."""
        said = [(message.role, message.content) for message in (*self.stored, *self.messages)]
        return save_request(name, self.model, self.parameters, said)
