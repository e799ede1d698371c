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

    from backend.wire.workstation import EndedView, RequestView, RunnerView
    from tui.workspace import Workspace

_RUNNER, _REQUEST, _ENDED = "runner ", "request ", "ended "

_STATE_WIDTH = 10


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
        rows += [ended_row(item, self.room) for item in space.ended]
        self.show(
            rows, "…" if space.snapshot is None else "Nothing is loaded.\nA model loads when you first write to it."
        )
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
    def chosen_runner(self) -> RunnerView | None:
        """The runner under the cursor, or the one of the request there."""
        space = self._workspace
        by_row = {_RUNNER + runner.id: runner for runner in space.runners}
        for request in space.requests:
            if runner := space.runner(request.model):
                by_row[_REQUEST + request.id] = runner
        return by_row.get(self.chosen)

    @property
    def chosen_log(self) -> tuple[str, str]:
        """Id and model of the runner under the cursor, also of one that has ended; empty if there is none."""
        if runner := self.chosen_runner:
            return runner.id, runner.model
        ended = {_ENDED + one.id: (one.id, one.model) for one in self._workspace.ended}
        return ended.get(self.chosen, ("", ""))


def runner_row(runner: RunnerView, width: int, passed: float) -> Row:
    """Name and state, load progress, memory, engine, place, slots, rates and time left. `passed`: since told, in s."""
    state = fit(clean_line(runner.state), _STATE_WIDTH)
    name = fit(shown_name(runner.model), width - cell_len(state) - 1)
    gap = " " * max(1, width - cell_len(name) - cell_len(state))
    lines = [Content.assemble((name, "bold"), gap, (state, "$success" if state == "ready" else "$warning"))]
    loading = state in ("starting", "loading")
    if loading:
        share = percent(runner.progress)
        filled = bar(runner.progress, max(4, width - len(share) - 3))
        lines.append(Content.assemble("  ", (filled, "$primary"), " ", share))
    about = "" if runner.places else "~"  # an estimate, before the engine tells
    lines.append(_about(f"weights {about}{size(runner.weights)} · KV {about}{size(runner.kv)}", width))
    if not loading:
        lines.append(_about(_engine(runner), width))
        lines.append(_about(_place(runner), width))
        lines.append(_about(_slots(runner), width))
        if parts := _pace(runner, passed):
            lines.append(_about(" · ".join(parts), width))
    return _RUNNER + runner.id, Content("\n").join(lines)


def _engine(runner: RunnerView) -> str:
    return " · ".join(clean_line(word) for word in (runner.engine, runner.engine_reason) if word)


def _place(runner: RunnerView) -> str:
    """On which devices, and how much memory of the machine it really holds."""
    names = [clean_line(place.device) for place in runner.places]
    on_gpu = [name for name in names if not name.startswith(("CPU", "AMX")) and not name.endswith("_Host")]
    if on_gpu:
        return f"on {' '.join(on_gpu)} · {runner.layers_on_gpu}/{runner.layers} layers"
    return f"on CPU · holds {size(runner.resident)}" if runner.resident else "on CPU"


def _slots(runner: RunnerView) -> str:
    waiting = f" · {runner.queued} wait" if runner.queued else ""
    return f"{runner.active}/{runner.slots} slots{waiting} · ctx {count(runner.context_length)}"


def _pace(runner: RunnerView, passed: float) -> list[str]:
    parts = []
    if runner.prefill_per_second > 0:
        parts.append(f"reads {count(round(runner.prefill_per_second))}/s")
    if runner.tokens_per_second > 0:
        parts.append(rate(runner.tokens_per_second))
    if runner.pinned:
        parts.append("kept")
    elif runner.expires_in is not None and math.isfinite(runner.expires_in):
        parts.append(f"{clock(runner.expires_in - passed)} left")
    return parts


def request_row(request: RequestView, width: int) -> Row:
    """One live request: what it does and for whom; below, tokens in → out, rate, and the time to the first token."""
    parts = [clean_line(request.kind)]
    if not request.tokens:  # else it decodes, as the figures show
        parts.append(clean_line(request.state))
    who = " ".join(word for word in (clean_line(request.client), clean_line(request.address)) if word)
    first = fit(" · ".join([*parts, who] if who else parts), width - 4)
    lines = [Content.assemble("  ", ("▸ ", "$accent"), first)]
    if figures := " · ".join(_figures(request)):
        lines.append(Content.styled(f"    {fit(figures, width - 4)}", "$muted"))
    return _REQUEST + request.id, Content("\n").join(lines)


def _figures(request: RequestView) -> list[str]:
    if not request.tokens:
        read = count(request.prompt_tokens)
        if not request.prompt_total:
            return [f"{read} tok"] if request.prompt_tokens else []
        pace = [f"{count(round(request.prefill_per_second))}/s"] if request.prefill_per_second > 0 else []
        return [f"{read}/{count(request.prompt_total)} tok", *pace]
    parts = [f"{count(request.prompt_tokens)}→{count(request.tokens)}"]
    if request.tokens_per_second > 0:
        parts.append(f"{request.tokens_per_second:.0f}/s")
    if request.first_token is not None:
        parts.append(f"ttft {request.first_token:.1f} s")
    return parts


def ended_row(ended: EndedView, width: int) -> Row:
    """A runner that failed: when, and the engine's reason."""
    told = f"failed {clock(ended.ago)} ago"
    name = fit(shown_name(ended.model), width - len(told) - 1)
    gap = " " * max(1, width - cell_len(name) - len(told))
    lines = [Content.assemble((name, "bold"), gap, (told, "$error"))]
    if reason := clean_line(ended.reason):
        lines.append(_about(reason, width))
    return _ENDED + ended.id, Content("\n").join(lines)


def _about(text: str, width: int) -> Content:
    return Content.assemble("  ", (fit(text, width - 2), "$muted"))
