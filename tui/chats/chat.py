"""A chat that is open in the app: a copy of its session, its blocks, and the reply that is being followed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.chats.conversation import Conversation

if TYPE_CHECKING:
    from textual.worker import Worker

    from backend.wire.sessions import Session
    from tui.transcript.block import Block, Kind


@dataclass(slots=True, eq=False)
class Reply:
    """A reply under way. `turn` is 0 until the backend has taken the message.

    `position` counts the pieces that have arrived; those of `pending` are not shown yet. `end_before` is the message
    that ended what was shown when it was asked for.
    """

    block: Block
    model: str
    asked: Block | None = None
    turn: int = 0
    end_before: int = 0
    position: int = 0
    pending: list[tuple[Kind, str]] = field(default_factory=list)
    begun: bool = False
    stopping: bool = False
    worker: Worker[None] | None = None


@dataclass(slots=True, eq=False)
class Chat:
    """`session` is `None` until the first message; its messages are in `conversation` alone. `blocks` show its branch.

    `has_news`: something came while another chat was shown. `draft` is what was written and not sent then. `hidden_end`
    ends the branch that was shown before the user went back in it to begin another one, 0 if nothing is
    hidden; `is_rewriting`: with the text of a message in the prompt, and `draft` what was there before.
    """

    session: Session | None = None
    conversation: Conversation = field(default_factory=Conversation)
    blocks: list[Block] = field(default_factory=list)
    reply: Reply | None = None
    has_news: bool = False
    hidden_end: int = 0
    is_rewriting: bool = False
    draft: str = ""

    @property
    def id(self) -> str:
        """The session's; empty until the first message."""
        return "" if self.session is None else self.session.id

    @property
    def title(self) -> str:
        """As the backend has it; empty until the first message."""
        return "" if self.session is None else self.session.title

    @property
    def is_blank(self) -> bool:
        """Whether nothing was ever said in it."""
        return self.reply is None and not len(self.conversation)

    def take(self, session: Session) -> None:
        """What the backend says of the session now, its messages too."""
        self.conversation = Conversation(session.messages, session.leaf)
        self.hidden_end, self.is_rewriting = 0, False
        self.describe(session)

    def describe(self, session: Session) -> None:
        """What the backend says of the session now, but for its messages."""
        session.messages = []
        self.session = session
