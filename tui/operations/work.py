"""Running what the user asked for: one worker each; an error of the backend becomes a sentence in the status line."""

from __future__ import annotations

from inspect import CORO_CREATED, getcoroutinestate
from typing import TYPE_CHECKING

from backend.errors import BackendError
from tui.advice import explain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from typing import Any

    from textual.worker import Worker

    from tui.app import PunaApp


class Work:
    """Starts workers for the operations."""

    def __init__(self, app: PunaApp) -> None:
        self._app = app
        self._newest: dict[str, Coroutine[Any, Any, None]] = {}  # of the groups

    def start(self, work: Coroutine[Any, Any, None], group: str = "operation") -> None:
        """Run `work`; in a group other than `operation` the newest takes the place of the one before."""

        async def guarded() -> None:
            await self.guard(work)

        alone = group != "operation"
        _: Worker[None] = self._app.run_worker(guarded, group=group, exclusive=alone)
        before = self._newest.get(group) if alone else None
        if before is not None and getcoroutinestate(before) == CORO_CREATED:
            before.close()  # its worker ended before it began
        if alone:
            self._newest[group] = work

    def tell(self, work: Callable[[], Awaitable[None]], done: str) -> None:
        """Run `work`, then say `done` in the status line."""
        self.start(self._tell(work, done))

    async def guard(self, work: Coroutine[Any, Any, None]) -> None:
        """Wait for `work`; an error of the backend is said."""
        try:
            await work
        except BackendError as error:
            self._app.say(explain(error, self._app.keys), error=True)

    async def _tell(self, work: Callable[[], Awaitable[None]], done: str) -> None:
        await work()
        self._app.say(done)
