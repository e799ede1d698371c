"""What the user can have done to runners: loading as planned, keeping, unloading, reading logs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.load_plan import LoadPlan
from tui.parameter_specs import BY_KEY
from tui.workspace import shown_name

if TYPE_CHECKING:
    from backend.wire.workstation import EstimateView, RunnerView
    from tui.app import PunaApp


class RunnerOperations:
    """Over models to load, and the runner of the row that is selected in the Running pane."""

    def __init__(self, app: PunaApp) -> None:
        self._app = app

    def load(self, model: str) -> None:
        """Load a model with the parameters of the next turn; ask first if others go for it or not all of it fits."""
        self._app.say(f"loading {shown_name(model)} …")
        self._app.work.start(self._load(model))

    def plan(self, model: str) -> None:
        """Show what loading a model would take and do, and let the user change it."""
        self._open(LoadPlan.of(model, self._app.workspace.parameters.options()), None)

    def unload(self) -> None:
        """Unload it as soon as it is idle."""
        runner = self._app.panes.running.chosen_runner
        if runner is not None:
            done = "unloads when its replies end" if runner.active else "is unloaded"
            if runner.state == "loading":
                cancel = self._app.keys.name("running.cancel")
                done = f"unloads once it is loaded; {cancel} on its request ends the loading"
            work = partial(self._app.connection.gateway.monitor.unload, runner.id)
            self._app.work.tell(work, f"{shown_name(runner.model)} {done}")

    def unload_all(self) -> None:
        """Unload every runner as soon as it is idle."""
        busy = any(runner.active for runner in self._app.workspace.runners)
        done = "all models unload when their replies end" if busy else "all models are unloaded"
        self._app.work.tell(self._app.connection.gateway.monitor.unload_all, done)

    def keep_chosen(self) -> None:
        """Keep the selected one, or keep it no longer."""
        runner = self._app.panes.running.chosen_runner
        if runner is not None:
            self.keep(runner)

    def keep(self, runner: RunnerView) -> None:
        """Keep it loaded until it is unloaded; if it is kept already, only as long as idle models are."""
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

    async def _load(self, model: str) -> None:
        app = self._app
        parameters = app.workspace.parameters
        plan = LoadPlan.of(model, parameters.options())
        seen = await app.connection.gateway.monitor.estimate(plan.request())
        if seen.refusal or seen.evicts or not seen.fits or seen.layers_on_gpu < seen.layers:
            app.say("")
            self._open(plan, seen)
            return
        await app.connection.gateway.load(model, parameters.options(), parameters.own_keep_alive)
        app.say(f"{shown_name(model)} is loaded")

    def _open(self, plan: LoadPlan, seen: EstimateView | None) -> None:
        from tui.screens.planner import Planner

        def decided(chosen: LoadPlan | None) -> None:
            if chosen is not None:
                self._app.say(f"loading {shown_name(chosen.model)} …")
                self._app.work.start(self._load_as_planned(chosen))

        self._app.push_screen(Planner(lambda: self._app.connection.gateway.monitor, plan, seen), decided)

    async def _load_as_planned(self, plan: LoadPlan) -> None:
        app = self._app
        parameters = app.workspace.parameters
        await app.connection.gateway.monitor.load(plan.request(parameters.own_keep_alive))
        if plan.model == app.workspace.model:  # else the next message would load it again, with other values
            for key, value in (("num_ctx", plan.num_ctx), ("num_gpu", plan.num_gpu)):
                if value is not None and key in BY_KEY:
                    parameters.set(key, str(value))
            app.chats.settings_changed()
            app.show_state()
        app.say(f"{shown_name(plan.model)} is loaded")
