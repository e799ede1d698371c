"""Running slash commands, and telling how they may go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions.action import Action
from tui.slash.command import CommandError
from tui.slash.table import candidates, meant

if TYPE_CHECKING:
    from tui.app import PunaApp
    from tui.panes.completions import Candidate


class SlashOperations:
    """Over the table of `tui.slash.table`."""

    def __init__(self, app: PunaApp) -> None:
        self._app = app

    def run(self, line: str) -> None:
        """Run a command; one that cannot be stays in the prompt, and the status line says why."""
        try:
            found = meant(line)
            if isinstance(found, Action):
                self._app.writing.taken(line)
                self._app.action_do(found.id)
                return
            command, argument = found
            command.run(self._app, argument)
        except CommandError as error:
            self._app.say(str(error), error=True)
        else:
            self._app.writing.taken(line)

    def complete(self, text: str) -> list[Candidate]:
        """How the line may go on."""
        return candidates(self._app, text)

    def open_help(self, topic: str) -> None:
        """The table of commands, those of one topic first if it names one; or all keys."""
        if topic == "shortcuts":
            self._app.screens.help()
            return
        from tui.screens.commands import CommandHelp

        self._app.push_screen(CommandHelp(topic))
