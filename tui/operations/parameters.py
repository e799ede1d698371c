"""What the user can have done to parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.app import PunaApp


class ParameterOperations:
    """Over the parameters of the next turn."""

    def __init__(self, app: PunaApp) -> None:
        self._app = app

    def edit(self, key: str) -> None:
        """Let the user change a parameter."""
        from tui.screens.edit_parameter import EditParameter

        def edited(taken: bool | None) -> None:
            if taken:
                row = self._app.workspace.parameters.row(key)
                self._app.say(f"{key} is {row.value}; the next message uses it")
                self._app.chats.settings_changed()
                self._app.show_state()

        self._app.push_screen(EditParameter(self._app.workspace.parameters, key), edited)

    def put(self, key: str, text: str) -> None:
        """Take a value for the next message. Raises `ValueError` saying what is allowed."""
        self._app.workspace.parameters.set(key, text)
        self._app.chats.settings_changed()
        self._app.show_state()

    def reset(self, key: str) -> None:
        """Back to the model's or the default value."""
        self._app.workspace.parameters.reset(key)
        row = self._app.workspace.parameters.row(key)
        self._app.say(f"{key} is {row.value} again")
        self._app.chats.settings_changed()
        self._app.show_state()
