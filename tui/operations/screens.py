"""What the user can look at: keys, commands, and what works here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.actions.keymap import FILE_NAME
from tui.quantity import short_path

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from backend.settings import Settings
    from tui.actions.action import Action
    from tui.app import PunaApp
    from tui.doctor.finding import Finding


class ScreenOperations:
    """Over the registry of actions and the machine. `examine` is the doctor's, if not the usual one."""

    def __init__(
        self, app: PunaApp, settings: Settings, examine: Callable[[Settings], Awaitable[list[Finding]]] | None
    ) -> None:
        self._app = app
        self._settings = settings
        self._examine = examine

    def help(self) -> None:
        """All keys."""
        from tui.screens.help import Help

        folder = self._settings.config
        self._app.push_screen(
            Help(self._app.keys, self._reason, changed_in=short_path(folder / FILE_NAME) if folder.name else "")
        )

    def doctor(self) -> None:
        """What works here and what does not."""
        from tui.doctor.examination import examine
        from tui.screens.doctor import Doctor

        self._app.push_screen(Doctor(partial(self._examine or examine, self._settings)))

    def palette(self) -> None:
        """All commands."""
        from tui.screens.palette import Palette

        def chosen(action_id: str | None) -> None:
            if action_id:
                self._app.action_do(action_id)

        self._app.push_screen(Palette(self._app.keys, self._reason), chosen)

    def _reason(self, action: Action) -> str | None:
        return action.available(self._app)
