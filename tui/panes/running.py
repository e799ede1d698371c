"""What runs on the backend: runners with their load, and every live request of every client."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.content import Content

from tui.actions.action import Scope
from tui.actions.registry import bindings
from tui.panes.rows import Row, Rows
from tui.quantity import bar, clock, count, fit, percent, rate, size
from tui.terminal.sanitize import clean_line
from tui.workspace import same_model, shown_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.binding import BindingType
    from textual.timer import Timer

    from backend.wire.workstation import RequestView, RunnerView
    from tui.workspace import Workspace

_RUNNER, _REQUEST = "runner ", "request "


class RunningPane(Rows):
    """Runners and under each its requests. Counts the time left down by itself between two snapshots."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.RUNNING)
    BORDER_TITLE = "Running"
    SCOPE = Scope.RUNNING

    def __init__(self, workspace: Workspace, now: Callable[[], float]) -> None:
        super().__init__(id="running", classes="pane")
        self._workspace = workspace
        self._now = now
        self._countdown: Timer | None = None

    def on_mount(self) -> None:
        """The countdown runs only while something counts down."""
        self._countdown = self.set_interval(1.0, self._count_down, pause=True)

    def _count_down(self) -> None:
        if not self._workspace.pace.low:
            self.refresh_rows()

    def refresh_rows(self) -> None:
        """Show what the workspace knows now."""
        space = self._workspace
        passed = self._now() - space.at
        rows: list[Row] = []
        rest = list(space.requests)
        for runner in sorted(space.runners, key=lambda view: view.model):  # the backend's order changes with their use
            rows.append(runner_row(runner, self.room, passed))
            own = [item for item in rest if same_model(item.model, runner.model)]
            rows += [request_row(item, self.room) for item in own]
            rest = [item for item in rest if item not in own]
        rows += [request_row(item, self.room) for item in rest]
        self.show(rows, "Nothing is loaded.\nA model loads when you first write to it.")
        if self._countdown is not None:
            counting = any(runner.expires_in is not None for runner in space.runners)
            (self._countdown.resume if counting else self._countdown.pause)()

    def on_resize(self, event: events.Resize) -> None:
        """Texts are cut to the width."""
        self.refresh_rows()

    @property
    def chosen_request(self) -> str:
        """The id of the request under the cursor; empty if it is none."""
        return self.chosen.removeprefix(_REQUEST) if self.chosen.startswith(_REQUEST) else ""

    @property
    def chosen_model(self) -> str:
        """The model of the runner or request under the cursor; empty if there is none."""
        space = self._workspace
        models = {_RUNNER + runner.id: runner.model for runner in space.runners}
        models |= {_REQUEST + request.id: request.model for request in space.requests}
        return models.get(self.chosen, "")


def runner_row(runner: RunnerView, width: int, passed: float) -> Row:
    """Name and state, load progress, memory and context, slots and rate, time left. `passed`: seconds since told."""
    state = clean_line(runner.state)
    name = fit(shown_name(runner.model), width - len(state) - 1)
    gap = " " * max(1, width - cell_len(name) - len(state))
    lines = [Content.assemble((name, "bold"), gap, (state, "$success" if state == "ready" else "$warning"))]
    if state in ("starting", "loading"):
        share = percent(runner.progress)
        filled = bar(runner.progress, max(4, width - len(share) - 3))
        lines.append(Content.assemble("  ", (filled, "$primary"), " ", share))
    used = f"uses {size(runner.resident)} of" if runner.resident else "needs"
    lines.append(_about(f"{used} ~{size(runner.size)}", width))  # the size is an estimate
    if state not in ("starting", "loading"):
        lines.append(_about(_slots(runner), width))
        parts = []
        if runner.tokens_per_second > 0:
            parts.append(rate(runner.tokens_per_second))
        if runner.expires_in is not None and math.isfinite(runner.expires_in):
            parts.append(f"{clock(runner.expires_in - passed)} left")
        if parts:
            lines.append(_about(" · ".join(parts), width))
    return _RUNNER + runner.id, Content("\n").join(lines)


def _slots(runner: RunnerView) -> str:
    waiting = f" · {runner.queued} wait" if runner.queued else ""
    return f"ctx {count(runner.context_length)} · {runner.active}/{runner.slots} slots{waiting}"


def request_row(request: RequestView, width: int) -> Row:
    """One live request: its kind, its state until the first token, tokens and rate; its client if there is room."""
    parts = [clean_line(request.kind)]
    if request.tokens:
        parts.append(f"{count(request.tokens)} tok")
    else:
        parts.append(clean_line(request.state))
        if request.prompt_tokens:
            parts.append(f"{count(request.prompt_tokens)} tok")
    if request.tokens_per_second > 0:
        parts.append(f"{request.tokens_per_second:.0f}/s")
    text, client = " ".join(parts), clean_line(request.client)
    if client and cell_len(text) + cell_len(client) + 3 <= width - 4:
        text = f"{text} · {client}"
    text = fit(text, width - 4)
    return _REQUEST + request.id, Content.assemble("  ", ("▸ ", "$accent"), text)


def _about(text: str, width: int) -> Content:
    return Content.assemble("  ", (fit(text, width - 2), "$muted"))
