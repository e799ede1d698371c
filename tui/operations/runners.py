"""What the user can have done to runners, and loading as planned."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.workspace import shown_name

if TYPE_CHECKING:
    from tui.app import PunaApp


class RunnerOperations:
    """Over the runner of the row that is selected in the Running pane."""

    def __init__(self, app: PunaApp) -> None:
        self._app = app

    def unload(self) -> None:
        """Unload it as soon as it is idle."""
        runner = self._app.panes.running.chosen_runner
        if runner is not None:
            done = "unloads when its replies end" if runner.active else "is unloaded"
            work = partial(self._app.connection.gateway.monitor.unload, runner.id)
            self._app.work.tell(work, f"{shown_name(runner.model)} {done}")

    def unload_all(self) -> None:
        """Unload every runner as soon as it is idle."""
        busy = any(runner.active for runner in self._app.workspace.runners)
        done = "all models unload when their replies end" if busy else "all models are unloaded"
        self._app.work.tell(self._app.connection.gateway.monitor.unload_all, done)

    def keep(self) -> None:
        """Keep it loaded until it is unloaded; if it is kept already, only as long as idle models are."""
        runner = self._app.panes.running.chosen_runner
        if runner is None:
            return
        keep = self._app.connection.gateway.monitor.keep
        name = shown_name(runner.model)
        if runner.pinned:
            usual = self._app.workspace.parameters.row("keep_alive").value
            span = "5m" if usual == "forever" else usual
            self._app.work.tell(partial(keep, runner.id, span), f"{name} unloads after {span} without use")
        else:
            self._app.work.tell(partial(keep, runner.id, -1), f"{name} stays loaded")

    def read_log(self) -> None:
        """Show what the engine wrote."""
        from tui.screens.engine_log import EngineLog

        runner, model = self._app.panes.running.chosen_log
        if runner:
            self._app.push_screen(EngineLog(lambda: self._app.connection.gateway.monitor, runner, model))
