"""What the transcript shows: blocks of parts, each part text of one kind. No layout here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum

from tui.terminal.sanitize import clean, clean_line


class Role(Enum):
    """Whose words a block holds."""

    USER = "user"
    MODEL = "model"
    HINT = "hint"


class Kind(Enum):
    """What the text of a part is. Of a `TOOL` part the first line names the call; the rest is what came back."""

    TEXT = "text"
    THINKING = "thinking"
    TOOL = "tool"
    ERROR = "error"
    NOTE = "note"


_MAY_BE_CODE = re.compile(r"```|~~~|^(?: {4}|\t)", re.MULTILINE)
FOLDABLE = frozenset({Kind.THINKING, Kind.TOOL})


@dataclass(slots=True)
class Part:
    """Text of one kind, already free of control characters. `folded` is the user's wish; `None` folds it at its end."""

    kind: Kind
    text: str
    folded: bool | None = None


@dataclass(slots=True)
class Block:
    """One message. `status` is the passing last line of an open block (what is being waited for).

    `message` is the id of the message in the session's tree, 0 if it has none; `siblings` says which branch of how many
    is shown. `open` holds while more text may come. Everything that enters is cleaned here, so that whatever holds
    a `Block` may show it.
    """

    role: Role
    title: str = ""
    parts: list[Part] = field(default_factory=list)
    status: str = ""
    message: int = 0
    siblings: tuple[int, int] = (1, 1)
    open: bool = False
    folded: bool = False

    def __post_init__(self) -> None:
        self.title = clean_line(self.title)

    def append(self, kind: Kind, text: str) -> None:
        """Add text; consecutive text of one kind is one part, but every tool call is a part of its own."""
        text = clean(text)
        if not text:
            return
        if self.parts and self.parts[-1].kind is kind and kind is not Kind.TOOL:
            self.parts[-1].text += text
        else:
            self.parts.append(Part(kind, text))

    def set_status(self, text: str) -> bool:
        """Say what is waited for; whether that changed."""
        text = clean_line(text)
        changed, self.status = text != self.status, text
        return changed

    def is_folded(self, part: Part) -> bool:
        """Whether only a summary of the part is shown: as the user wishes, else as soon as it is finished."""
        if part.kind not in FOLDABLE:
            return False
        if part.folded is not None:
            return part.folded
        return not (self.open and part is self.parts[-1])

    @property
    def text(self) -> str:
        """The message itself as Markdown, without thinking, tool calls and notes: what one copies."""
        return "\n\n".join(part.text.strip("\n") for part in self.parts if part.kind is Kind.TEXT)

    def code_blocks(self) -> list[str]:
        """The contents of the fenced and indented code of the message, in order."""
        from tui.transcript.parser import parse

        text = self.text
        if self.role is Role.HINT or not _MAY_BE_CODE.search(text):
            return []
        return [token.content for token in parse(text) if token.type in ("fence", "code_block")]
