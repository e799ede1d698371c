"""What the user can have done to models. Each ends in a word in the status line."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from backend.errors import BackendError
from tui.advice import explain
from tui.panes.status import downloading
from tui.terminal.sanitize import clean_line
from tui.workspace import same_model, shown_name

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

    def keep(self, model: str) -> None:
        """Keep a model loaded until it is unloaded, loading it first if need be; or keep it no longer."""
        runner, name = self._app.workspace.runner(model), shown_name(model)
        if runner is not None:
            self._app.runners.keep(runner)
            return
        self._app.say(f"loading {name} to stay …")
        options = self._app.workspace.parameters.options()
        load = partial(self._app.connection.gateway.load, model, options=options, keep_alive=-1.0)
        self._app.work.tell(load, f"{name} is loaded and stays loaded")

    def copy(self, model: str) -> None:
        """Give a model a second name."""
        from tui.screens.name_copy import NameCopy

        def copied(name: str | None) -> None:
            if name:
                self._app.say(f"{shown_name(name)} is a copy of {shown_name(model)}")
                self.refresh()

        taken = [known.name for known in self._app.workspace.models]
        copy = partial(self._app.connection.gateway.copy, model)
        self._app.push_screen(NameCopy(model, taken, copy), copied)

    def edit(self, model: str) -> None:
        """Let the user change a model's Modelfile, and make a new model of it."""
        self._app.work.start(self._edit(model), group="inform")

    def update(self, model: str) -> None:
        """Fetch a model again from where it came; only what is new is fetched."""
        self._app.work.start(self._update(model))

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
        if isinstance(app.screen, GetModel):
            return
        first = app.workspace.models_known and not app.workspace.models

        def got(model: str | None) -> None:
            if model:
                self._app.work.start(self._take_in(model))
            else:
                app.greet()
                if coming := downloading(app.workspace.downloads):
                    app.say(f"{coming} · {app.keys.name('downloads.open', typing=True)} shows it")

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
                try:
                    await self.describe(space.model)
                except BackendError as error:  # one damaged model keeps nothing else from being shown
                    app.say(explain(error, app.keys), error=True)
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

        gateway = self._app.connection.gateway
        shown = await gateway.show(model)
        try:
            engine = await gateway.monitor.engine_of(model)
        except BackendError:  # a model that runs elsewhere, or a backend that has no such answer
            engine = None
        self._app.push_screen(ModelInfo(model, shown, engine))

    async def _delete(self, model: str) -> None:
        await self._app.connection.gateway.delete(model)
        self._app.say(f"{shown_name(model)} is deleted")
        await self.read()

    async def _update(self, model: str) -> None:
        known = [item for item in self._app.workspace.downloads if same_model(item.model, model)]
        await self._app.connection.gateway.downloads.add(known[0].source if known else model)
        downloads = self._app.keys.name("downloads.open")
        self._app.say(f"looking for a newer {shown_name(model)}; {downloads} shows how far")

    async def _edit(self, model: str) -> None:
        from tui.modelfile import editable
        from tui.prompt.external_editor import edit
        from tui.prompt.limit import LIMIT
        from tui.screens.create_model import CreateModel

        app = self._app

        def in_editor(text: str) -> str:
            with app.writing.suspend():
                edited = edit(text, app.writing.editor, LIMIT)
            app.refresh(layout=True)
            return edited

        def made(name: str | None) -> None:
            if name:
                app.say(f"{shown_name(name)} is made")
                self.refresh()

        text = editable(model, (await app.connection.gateway.show(model)).modelfile)
        at_once = app.writing.own_editor
        app.push_screen(CreateModel(model, text, lambda: app.connection.gateway, in_editor, at_once=at_once), made)
