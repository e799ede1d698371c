"""What the user can have done to downloads, and telling when one is over."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.quantity import size
from tui.terminal.sanitize import clean_line
from tui.workspace import shown_name

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from backend.wire.downloads import DownloadView
    from tui.app import PunaApp
    from tui.screens.downloads import Downloads


class DownloadOperations:
    """Over the backend's queue. The screen shows what the snapshots tell, so nothing is kept here."""

    def __init__(self, app: PunaApp) -> None:
        self._app = app
        self._screen: Downloads | None = None

    @property
    def chosen(self) -> DownloadView | None:
        """The download under the cursor of the screen; `None` where there is none."""
        return None if self._screen is None else self._screen.chosen

    def open(self) -> None:
        """Show the queue."""
        from tui.screens.downloads import Downloads

        def closed(_: None) -> None:
            self._screen = None

        if self._screen is None:
            self._screen = Downloads(self._app.workspace, self._app.keys)
            self._app.push_screen(self._screen, closed)

    def pause_or_resume(self) -> None:
        """What is paused goes on; everything else stops."""
        queue = self._app.connection.gateway.downloads
        if chosen := self.chosen:
            self._do(partial(queue.resume if chosen.state == "paused" else queue.pause, chosen.id))

    def retry(self) -> None:
        """Try a failed or stalled one now."""
        if chosen := self.chosen:
            self._do(partial(self._app.connection.gateway.downloads.resume, chosen.id))

    def move(self, step: int) -> None:
        """One place up or down in the queue."""
        chosen, queue = self.chosen, [item.id for item in self._app.workspace.downloads]
        if chosen is not None:
            place = max(0, queue.index(chosen.id) + step)
            self._do(partial(self._app.connection.gateway.downloads.move, chosen.id, place))

    def cancel(self) -> None:
        """Out of the queue; asked first if something would be lost."""
        from tui.screens.confirm import Confirm

        chosen = self.chosen
        if chosen is None:
            return
        cancel = partial(self._do, partial(self._app.connection.gateway.downloads.cancel, chosen.id))
        if chosen.state == "done" or not chosen.completed:
            cancel()
            return

        def decided(yes: bool | None) -> None:
            if yes:
                cancel()

        question = f"Cancel {clean_line(chosen.model)}?\nThe {size(chosen.completed)} that are here go too."
        self._app.push_screen(Confirm("Cancel a download", question), decided)

    def use(self) -> None:
        """Chat with a model that has come."""
        if (chosen := self.chosen) is not None and self._screen is not None:
            self._screen.dismiss(None)
            self._app.models.use(chosen.model)

    def tell(self, before: Sequence[DownloadView], now: Sequence[DownloadView]) -> None:
        """Say which downloads have come to their end between two snapshots."""
        keys = self._app.keys
        running = {item.id for item in before if item.state not in {"done", "failed"}}
        for item in now:
            if item.id in running and item.state == "done":
                self._app.say(
                    f"{shown_name(item.model)} is here; {keys.name('pane.models', typing=True)} shows the models"
                )
            elif item.id in running and item.state == "failed":
                self._app.say(
                    f"{shown_name(item.model)} failed: {item.reason} ({keys.name('downloads.open', typing=True)})",
                    error=True,
                )

    def _do(self, work: Callable[[], Awaitable[object]]) -> None:
        async def done() -> None:
            await work()

        self._app.work.start(done())
