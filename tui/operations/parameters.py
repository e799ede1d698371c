"""What the user can have done to parameters and presets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.presets import FILE_NAME, PresetError, Presets

if TYPE_CHECKING:
    from backend.settings import Settings
    from tui.app import PunaApp
    from tui.presets import Preset


class ParameterOperations:
    """Over the parameters of the next turn and the presets in the configuration folder."""

    def __init__(self, app: PunaApp, settings: Settings) -> None:
        self._app = app
        self.presets = Presets(settings.config / FILE_NAME if settings.config.name else None)

    def edit(self, key: str) -> None:
        """Let the user change a parameter."""
        from tui.screens.edit_parameter import EditParameter

        def edited(taken: bool | None) -> None:
            if taken:
                row = self._app.workspace.parameters.row(key)
                self._changed(f"{key} is {row.value}; {_when(reloads=row.spec.reloads)}")

        self._app.push_screen(EditParameter(self._app.workspace.parameters, key), edited)

    def put(self, key: str, text: str) -> None:
        """Take a value for the next message. Raises `ValueError` saying what is allowed."""
        self._app.workspace.parameters.set(key, text)
        self._changed("")

    def step(self, key: str, steps: int) -> None:
        """Some steps up or down."""
        self._app.workspace.parameters.step(key, steps)
        row = self._app.workspace.parameters.row(key)
        self._changed(f"{key} is {row.value}; {_when(reloads=row.spec.reloads)}")

    def reset(self, key: str) -> None:
        """Back to the model's or the default value."""
        self._app.workspace.parameters.reset(key)
        self._changed(f"{key} is {self._app.workspace.parameters.row(key).value} again")

    def save(self) -> None:
        """Keep what the user has changed as a preset, by a name that is asked for."""
        from tui.screens.enter_text import EnterText

        values = dict(self._app.workspace.parameters.own)
        question = "Keep what you have changed under a name; one that is there is replaced."
        self._app.push_screen(
            EnterText("Save a preset", question, check=lambda name: self.presets.save(name, values)),
            lambda name: self._app.say(f"the preset {name} is kept") if name else None,
        )

    def choose(self) -> None:
        """Offer the presets."""
        from tui.screens.presets import PresetList

        def chosen(name: str | None) -> None:
            if name:
                self.apply(name)

        if self._read():
            self._app.push_screen(PresetList(self.presets), chosen)
        else:
            self._app.say("there is no preset yet; change parameters, then n keeps them as one")

    def apply(self, name: str) -> None:
        """Put a preset's values into force, for this chat too."""
        values = self._read().get(name)
        if values is None:
            self._app.say(f"there is no preset {name}", error=True)
            return
        self._app.workspace.parameters.use_preset(name, values)
        self._changed(f"preset {name}; the next message uses it")

    def names(self) -> list[str]:
        """The presets that there are; none where their file cannot be read, which is said."""
        return list(self._read())

    def _read(self) -> dict[str, Preset]:
        try:
            return self.presets.all()
        except PresetError as error:
            self._app.say(str(error), error=True)
            return {}

    def _changed(self, said: str) -> None:
        if said:
            self._app.say(said)
        self._app.chats.settings_changed()
        self._app.show_state()


def _when(*, reloads: bool) -> str:
    return "the model loads again with the next message" if reloads else "the next message uses it"
