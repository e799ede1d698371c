"""Every live generation of every client."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.errors import NotFound, RequestCanceled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend.events import Changes


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a program by the name that it gives itself, and its network address, empty on the unix socket."""

    program: str
    address: str = ""


@dataclass(slots=True, eq=False)
class LiveRequest:
    """One generation. `state` goes queued, loading, prefill, decode; counts are tokens, times monotonic seconds.

    `prompt_tokens` of `prompt_total` are evaluated, at `prefill_rate` tokens per second.
    """

    id: str
    kind: str
    model: str
    caller: Caller
    task: asyncio.Task[object]
    started: float
    state: str = "queued"
    prompt_tokens: int = 0
    prompt_total: int = 0
    prefill_rate: float = 0.0
    tokens: int = 0
    first_token: float = 0.0
    runner: str = ""
    canceled: str = ""  # why, if somebody cancelled it

    def waiting_for(self, what: str) -> None:
        """The scheduler says what the request waits for: "queued" or "loading"."""
        self.state = what

    def prefilled(self, processed: int, total: int = 0, cached: int = 0, milliseconds: float = 0) -> None:
        """The engine has come to token `processed` of the `total` of the prompt. It had `cached` of them from before,
        and took so many milliseconds for the others.
        """
        self.state = "prefill"
        self.prompt_tokens, self.prompt_total = processed, max(total, processed)
        if milliseconds > 0 and processed > cached:
            self.prefill_rate = (processed - cached) / milliseconds * 1000

    def generated(self) -> None:
        """One more token arrived."""
        self.tokens += 1
        if self.tokens == 1:
            self.state = "decode"
            self.first_token = time.monotonic()

    def rate(self, now: float) -> float:
        """Tokens per second since the first one."""
        elapsed = now - self.first_token
        return (self.tokens - 1) / elapsed if self.tokens > 1 and elapsed > 0 else 0.0


class LiveRequests:
    """The generations that are under way."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._live: dict[str, LiveRequest] = {}
        self._count = 0

    def __iter__(self) -> Iterator[LiveRequest]:
        return iter(tuple(self._live.values()))

    @contextmanager
    def track(self, kind: str, model: str, caller: Caller) -> Iterator[LiveRequest]:
        """Show the generation of the current task for as long as the block lasts.

        Raises `RequestCanceled` in place of the task's own cancellation if `cancel` caused that.
        """
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a generation is tracked outside a task")
        self._count += 1
        live = LiveRequest(f"r{self._count}", kind, model, caller, task, time.monotonic())
        self._live[live.id] = live
        self._changes.touch()
        try:
            yield live
        except asyncio.CancelledError:
            if not live.canceled:
                raise
            task.uncancel()
            raise RequestCanceled(live.canceled) from None
        finally:
            del self._live[live.id]
            self._changes.touch()

    def cancel(self, identity: str) -> None:
        """End a generation; its client gets an error. Raises `NotFound` if it is over or never was."""
        live = self._live.get(identity)
        if live is None:
            raise NotFound(f"no live request {identity!r}")
        _cancel(live, "request canceled")

    def cancel_all(self, reason: str) -> None:
        """End every generation; the clients get `reason` as the error."""
        for live in self:
            _cancel(live, reason)


def _cancel(live: LiveRequest, reason: str) -> None:
    if not live.canceled:
        live.canceled = reason
        live.task.cancel()
