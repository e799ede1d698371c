"""What the app currently knows: a copy of the backend's state and the user's choices. No widget, no effect."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.chats.open_chats import OpenChats
from tui.connection import Link
from tui.parameters import Parameters
from tui.terminal.pace import Pace
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from backend.wire.downloads import DownloadView
    from backend.wire.ollama import ModelSummary
    from backend.wire.sessions import MessageView
    from backend.wire.workstation import EndedView, RequestView, RunnerView, Snapshot
    from tui.chats.chat import Chat


@dataclass(slots=True)
class Usage:
    """What the last reply used: tokens of context and tokens per second."""

    context: int = 0
    rate: float = 0.0

    def take(self, reply: MessageView | None) -> None:
        """Those of a reply; zeros if there is none."""
        self.context = 0 if reply is None else reply.prompt_tokens + reply.tokens
        self.rate = 0.0 if reply is None or not reply.decode_ns else reply.tokens / reply.decode_ns * 1e9


@dataclass(slots=True)
class Workspace:
    """`model` is the one in use, as the store names it; empty while there is none. `at` is when `snapshot` came."""

    host: str
    parameters: Parameters = field(default_factory=Parameters)
    models: list[ModelSummary] = field(default_factory=list)
    models_known: bool = False
    snapshot: Snapshot | None = None
    at: float = 0.0
    model: str = ""
    link: Link = Link.STARTING
    reason: str = ""
    usage: Usage = field(default_factory=Usage)
    chats: OpenChats = field(default_factory=OpenChats)
    pace: Pace = field(default_factory=Pace)

    def forget_backend(self, host: str) -> None:
        """Another backend takes the place of this one; the parameters that the user has set stay."""
        self.host, self.link, self.reason = host, Link.STARTING, ""
        self.models, self.models_known, self.model = [], False, ""
        self.snapshot, self.usage, self.chats = None, Usage(), OpenChats()
        self.parameters.use_model(None)

    @property
    def chat(self) -> Chat:
        """The chat that is shown."""
        return self.chats.shown

    @property
    def runners(self) -> list[RunnerView]:
        """The runners of the last snapshot."""
        return [] if self.snapshot is None else self.snapshot.runners

    @property
    def requests(self) -> list[RequestView]:
        """The live requests of the last snapshot."""
        return [] if self.snapshot is None else self.snapshot.requests

    @property
    def ended(self) -> list[EndedView]:
        """Runners that failed, as the last snapshot has them."""
        return [] if self.snapshot is None else self.snapshot.ended

    @property
    def downloads(self) -> list[DownloadView]:
        """The queue of downloads of the last snapshot."""
        return [] if self.snapshot is None else self.snapshot.downloads

    def runner(self, model: str) -> RunnerView | None:
        """The runner of a model, if it has one."""
        return next((runner for runner in self.runners if same_model(runner.model, model)), None)

    def request(self, model: str) -> RequestView | None:
        """The newest live chat of a model."""
        chats = [item for item in self.requests if item.kind == "chat" and same_model(item.model, model)]
        return min(chats, key=lambda item: item.elapsed, default=None)

    @property
    def context_limit(self) -> int:
        """Tokens of context that the loaded model has, else those asked for; 0 if unknown."""
        runner = self.runner(self.model)
        if runner is not None and runner.context_length:
            return runner.context_length
        asked = self.parameters.own.get("num_ctx", self.parameters.model.get("num_ctx", 0))
        return asked if isinstance(asked, int) else 0

    def preferred_model(self) -> str:
        """The model to begin with: one that is loaded, else the newest in the store; empty if there is none."""
        names = [model.name for model in self.models]
        loaded = (name for name in names if self.runner(name) is not None)
        return next(loaded, names[0] if names else "")


def shown_name(model: str) -> str:
    """A model's name as the screen shows it: cleaned, and without a tag that says nothing."""
    return clean_line(model.removesuffix(":latest"))


def same_model(one: str, other: str) -> bool:
    """Whether two spellings name one model: the tag `latest` may be left out."""
    return one.removesuffix(":latest") == other.removesuffix(":latest")
