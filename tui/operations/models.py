"""What the user can have done to models. Each ends in a word in the status line."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.panes.status import downloading
from tui.terminal.sanitize import clean_line
from tui.workspace import shown_name

if TYPE_CHECKING:
    from tui.app import PunaApp


class ModelOperations:
    """Over the models of the store and the one in use."""

    def __init__(self, app: PunaApp) -> None:
        self._app = app

    def use(self, model: str) -> None:
        """Chat with a model from now on. It loads with the first message."""
        self._app.workspace.model = model
        self._app.workspace.parameters.use_model(None)
        self._app.panes.reach("chat")
        self._app.greet()
        self._app.show_state()
        self._app.work.start(self._use(model), group="describe")

    def unload(self, model: str) -> None:
        """Unload a model as soon as it is idle."""
        work = partial(self._app.connection.gateway.unload, model)
        runner = self._app.workspace.runner(model)
        done = "unloads when its replies end" if runner is not None and runner.active else "is unloaded"
        self._app.work.tell(work, f"{shown_name(model)} {done}")

    def delete(self, model: str) -> None:
        """Delete a model, once the user has confirmed it."""
        from tui.screens.confirm import Confirm

        def decided(yes: bool | None) -> None:
            if yes:
                self._app.work.start(self._delete(model))

        question = f"Delete {clean_line(model)} from the store?\nIts files go unless another model shares them."
        self._app.push_screen(Confirm("Delete a model", question), decided)

    def inform(self, model: str) -> None:
        """Show what is known about a model."""
        self._app.work.start(self._inform(model), group="inform")

    def get(self) -> None:
        """Offer the ways to get a model."""
        from tui.screens.get_model import GetModel

        app = self._app
        first = app.workspace.models_known and not app.workspace.models

        def got(model: str | None) -> None:
            if model:
                self._app.work.start(self._take_in(model))
            else:
                app.greet()
                if coming := downloading(app.workspace.downloads):
                    app.say(f"{coming} goes on; Ctrl+L shows the downloads")

        app.push_screen(GetModel(lambda: app.connection.gateway, app.workspace, first=first, now=app.now), got)

    def refresh(self) -> None:
        """Read the store's list again."""
        self._app.work.start(self.read(), group="models")

    async def read(self) -> None:
        """Read the store's list, and choose a model if there is none in use or it has gone."""
        app, space = self._app, self._app.workspace
        space.models = await app.connection.gateway.tags()
        first, space.models_known = not space.models_known, True
        if space.model not in [model.name for model in space.models]:
            space.model = space.preferred_model()
            if space.model:
                await self.describe(space.model)
        app.greet()
        app.show_state()
        if first and not space.models:
            self.get()

    async def describe(self, model: str) -> None:
        """Learn the parameters and the abilities of the model in use."""
        shown = await self._app.connection.gateway.show(model)
        if self._app.workspace.model == model:
            self._app.workspace.parameters.use_model(shown)
            self._app.show_state()

    async def _use(self, model: str) -> None:
        await self.describe(model)
        self._app.chats.settings_changed()

    async def _take_in(self, model: str) -> None:
        await self.read()
        names = [known.name for known in self._app.workspace.models]  # the store keeps the case of a name it knows
        self.use(next((name for name in names if name.lower() == model.lower()), model))
        self._app.say(f"{shown_name(model)} is here")

    async def _inform(self, model: str) -> None:
        from tui.screens.model_info import ModelInfo

        shown = await self._app.connection.gateway.show(model)
        self._app.push_screen(ModelInfo(model, shown))

    async def _delete(self, model: str) -> None:
        await self._app.connection.gateway.delete(model)
        self._app.say(f"{shown_name(model)} is deleted")
        await self.read()
