"""What the transcript shows: blocks of parts, each part text of one kind. No layout here."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from tui.terminal.sanitize import clean, clean_line


class Role(Enum):
    """Whose words a block holds."""

    USER = "user"
    MODEL = "model"
    HINT = "hint"


class Kind(Enum):
    """What the text of a part is."""

    TEXT = "text"
    THINKING = "thinking"
    ERROR = "error"
    NOTE = "note"


@dataclass(slots=True)
class Part:
    """Text of one kind, already free of control characters."""

    kind: Kind
    text: str


@dataclass(slots=True)
class Block:
    """One message. `status` is the passing last line of an open block (what is being waited for).

    `message` is the id of the message in the session's tree, 0 if it has none; `siblings` says which branch of how many
    is shown. Everything that enters is cleaned here, so that whatever holds a `Block` may show it.
    """

    role: Role
    title: str = ""
    parts: list[Part] = field(default_factory=list)
    status: str = ""
    message: int = 0
    siblings: tuple[int, int] = (1, 1)

    def __post_init__(self) -> None:
        self.title = clean_line(self.title)

    def append(self, kind: Kind, text: str) -> None:
        """Add text; consecutive text of one kind is one part."""
        text = clean(text)
        if not text:
            return
        if self.parts and self.parts[-1].kind is kind:
            self.parts[-1].text += text
        else:
            self.parts.append(Part(kind, text))

    def set_status(self, text: str) -> bool:
        """Say what is waited for; whether that changed."""
        text = clean_line(text)
        changed, self.status = text != self.status, text
        return changed
