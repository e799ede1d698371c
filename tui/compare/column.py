"""A column of a comparison: whom it asks, with which parameters, and what came of it. No widget."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.quantity import count, percent, rate
from tui.terminal.sanitize import clean_line
from tui.workspace import same_model, shown_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend.wire.sessions import MessageView
    from backend.wire.workstation import RequestView
    from tui.workspace import Workspace

_CLIENT = "puna-session"  # as the backend names its sessions among the clients
_NOTEWORTHY_WAIT_S = 0.1


@dataclass(slots=True, eq=False)
class Column:
    """`options` are those of its turns. `turn` is 0 before the first; `reply` is the message when that has ended.

    Moments are of the app's clock, in seconds; `first_at` 0: nothing came yet.
    """

    model: str
    options: dict[str, object] = field(default_factory=dict)
    turn: int = 0
    running: bool = False
    text: str = ""
    thinking: str = ""
    pieces: int = 0
    started_at: float = 0.0
    first_at: float = 0.0
    reply: MessageView | None = None
    error: str = ""

    def begin(self, turn: int, now: float) -> None:
        """A turn of it was accepted."""
        self.turn, self.running, self.started_at, self.first_at = turn, True, now, 0.0
        self.text = self.thinking = self.error = ""
        self.pieces, self.reply = 0, None

    def refuse(self, error: str) -> None:
        """The backend did not take a turn of it."""
        self.begin(0, 0.0)
        self.running, self.error = False, error

    def take(self, text: str, thinking: str, position: int, now: float) -> None:
        """Text came, up to the piece `position`."""
        self.first_at = self.first_at or now
        self.text += text
        self.thinking += thinking
        self.pieces = position

    def title(self, columns: Sequence[Column]) -> str:
        """The model, and those parameters that are not the same in all columns."""
        own = [
            (key, value)
            for key, value in self.options.items()
            if any(other.options.get(key) != value for other in columns)
        ]
        told = (f"{key} {clean_line(str(value))}" for key, value in own)
        return " · ".join((shown_name(self.model), *told))

    def figures(self, now: float) -> str:
        """The lines under the reply: time to the first token; rate, tokens, total."""
        if self.reply is not None:
            return ended(self.reply)
        if not self.first_at:
            return ""
        parts = []
        if now > self.first_at and self.pieces > 1:
            parts.append(rate((self.pieces - 1) / (now - self.first_at)))
        return f"first token {self.first_at - self.started_at:.1f} s\n" + " · ".join((*parts, _tokens(self.pieces)))


def ended(reply: MessageView) -> str:
    """The figures of a reply by the backend's own clock, in two lines. Waiting is what neither loads nor computes."""
    first_ns = reply.total_ns - reply.decode_ns
    waited_s = (first_ns - reply.load_ns - reply.prompt_ns) / 1e9
    first = f"first token {first_ns / 1e9:.1f} s" if reply.tokens and reply.total_ns else ""
    if first and waited_s > _NOTEWORTHY_WAIT_S:
        first += f", waited {waited_s:.1f} s"
    parts = []
    if reply.tokens and reply.decode_ns:
        parts.append(rate(reply.tokens / reply.decode_ns * 1e9))
    if reply.tokens:
        parts.append(_tokens(reply.tokens))
    if reply.total_ns:
        parts.append(f"{reply.total_ns / 1e9:.1f} s")
    if reply.state == "cancelled":
        parts.append("stopped")
    elif reply.done_reason == "length":
        parts.append("cut")
    return "\n".join(line for line in (first, " · ".join(parts)) if line)


def _tokens(number: int) -> str:
    return "1 token" if number == 1 else f"{count(number)} tokens"


def waiting(space: Workspace, columns: Sequence[Column], column: Column) -> str:
    """What a column without text waits for, as far as the backend's state tells."""
    request = _request_of(space, columns, column)
    if request is None or request.state in ("decode", "prefill"):
        return "reading the prompt …" if request is not None else "…"
    if request.state == "queued":
        return "waiting for its turn: for memory or a free slot …"
    runner = space.runner(column.model)
    progress = f" {percent(runner.progress)}" if runner is not None and runner.progress else ""
    return f"loading {shown_name(column.model)} …{progress}"


def _request_of(space: Workspace, columns: Sequence[Column], column: Column) -> RequestView | None:
    """The live request of a column. Those of one model began in the order of their columns."""
    rivals = [other for other in columns if other.running and same_model(other.model, column.model)]
    requests = [
        request
        for request in space.requests
        if request.client == _CLIENT and request.kind == "chat" and same_model(request.model, column.model)
    ]
    requests.sort(key=lambda request: -request.elapsed)
    requests = requests[-len(rivals) :] if rivals else []
    place = rivals.index(column) if column in rivals else len(requests)
    return requests[place] if place < len(requests) else None
