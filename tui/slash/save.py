"""What `/save NAME` makes of a chat: a model that begins where the chat is, for the app and for the REPL alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from backend.errors import BackendError
from backend.wire.ollama import CreateRequest, Message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from backend.wire.ollama import Progress
    from tui.parameters import Parameters


class Maker(Protocol):
    """Where models are made."""

    def create(self, request: CreateRequest) -> AsyncIterator[Progress]: ...


def save_request(name: str, model: str, parameters: Parameters, said: Iterable[tuple[str, str]]) -> CreateRequest:
    """`said` are roles and texts.

    It is built on the model in use: that one's parent, which Ollama takes, may be gone, and lacks what the model adds.
    """
    return CreateRequest(
        model=name,
        from_=model,
        system=parameters.system,
        parameters=parameters.options(),
        messages=[Message(role=role, content=content) for role, content in said if content],
    )


async def save(maker: Maker, request: CreateRequest) -> None:
    """Make it. Raises a `BackendError` if that ends without success."""
    status = ""
    async for line in maker.create(request):
        status = line.status
    if status != "success":
        raise BackendError(f"the backend ended the work at {status!r}")
