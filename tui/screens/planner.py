"""What loading a model would take and do, before it is done: changed by keys, told by the backend as it changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from backend.errors import BackendError
from tui.advice import reason
from tui.load_plan import Knob, LoadPlan
from tui.quantity import count, fit, size
from tui.screens.dialog import Dialog
from tui.terminal.sanitize import clean_line
from tui.workspace import shown_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from backend.wire.workstation import BoxView, EstimateView
    from tui.monitor_gateway import MonitorGateway

_KNOB_WIDTH = 16
# Each part of a bar has a character of its own: they tell apart without colour.
_PARTS = (
    ("taken", "others", "▓", "$muted"),
    ("weights", "weights", "█", "$primary"),
    ("kv", "KV cache", "▒", "$accent"),
    ("compute", "buffers", "░", "$secondary"),
)
_FREE = "·"


class Planner(Dialog[LoadPlan]):
    """Dismissed with the plan when the user wants it loaded so."""

    DEFAULT_CSS = """
    Planner #plan-knobs { margin-bottom: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False, priority=True),
        Binding("down,j", "move(1)", show=False, priority=True),
        Binding("left,h", "turn(False)", show=False, priority=True),
        Binding("right,l", "turn(True)", show=False, priority=True),
        Binding("m", "most", show=False),
        Binding("backspace,delete", "release", show=False),
        Binding("enter", "load", show=False),
    ]

    def __init__(self, gateway: Callable[[], MonitorGateway], plan: LoadPlan, seen: EstimateView | None = None) -> None:
        super().__init__()
        self._gateway = gateway
        self._plan = plan
        self._seen = seen
        self._at = 0
        self._error = ""
        self._knobs = Static(id="plan-knobs", markup=False)
        self._told = Static(id="plan-told", markup=False)
        self._box = VerticalScroll(classes="dialog", can_focus=False)

    def compose(self) -> ComposeResult:
        """What can be changed, and what follows from it."""
        with self._box:
            self._box.border_title = Content(f"Load {shown_name(self._plan.model)}")
            self._box.border_subtitle = "↑ ↓ ← → change · m longest · ⌫ back · Enter load · Esc leave"
            yield self._knobs
            yield self._told

    def on_mount(self) -> None:
        """Show what is known, else ask."""
        self._draw()
        if self._seen is None:
            self._ask()

    def action_move(self, step: int) -> None:
        """To another knob."""
        if self._seen is not None:
            self._at = (self._at + step) % len(self._plan.knobs(self._seen))
            self._draw()

    def action_turn(self, up: bool) -> None:
        """One step more or less."""
        if self._seen is not None:
            self._change(self._plan.turned(self._knob(self._seen), up, self._seen))

    def action_most(self) -> None:
        """The longest context that fits."""
        if self._seen is not None and self._seen.most_context:
            self._change(replace(self._plan, num_ctx=self._seen.most_context))

    def action_release(self) -> None:
        """Leave the value to the backend."""
        if self._seen is not None:
            self._change(self._plan.released(self._knob(self._seen)))

    def action_load(self) -> None:
        """Close, and have it loaded so."""
        if self._seen is not None and not self._seen.refusal:
            self.dismiss(self._plan)

    def _knob(self, seen: EstimateView) -> Knob:
        knobs = self._plan.knobs(seen)
        return knobs[min(self._at, len(knobs) - 1)]

    def _change(self, plan: LoadPlan) -> None:
        if plan != self._plan:
            self._plan = plan
            self._ask()

    def _ask(self) -> None:
        self.run_worker(self._estimate(self._plan), group="estimate", exclusive=True)

    async def _estimate(self, plan: LoadPlan) -> None:
        try:
            self._seen, self._error = await self._gateway().estimate(plan.request()), ""
        except BackendError as error:
            self._error = reason(error)
        self._draw()

    def _draw(self) -> None:
        if self._seen is not None:
            self._knobs.update(knob_lines(self._plan, self._seen, self._knob(self._seen)))
            self._told.update(outcome(self._seen, self.room) if not self._error else Content(clean_line(self._error)))
        else:
            self._told.update(Content.styled(clean_line(self._error) or "asking the backend …", "$muted"))


def knob_lines(plan: LoadPlan, seen: EstimateView, chosen: Knob) -> Content:
    """A line for each knob; a dot where the value was chosen here."""
    lines = []
    for knob in plan.knobs(seen):
        value, own = plan.text(knob, seen)
        here = knob is chosen
        arrows = ("◂ ", " ▸") if here else ("  ", "  ")
        lines.append(
            Content.assemble(
                (("> " if here else "  ") + knob.value.ljust(_KNOB_WIDTH), "bold" if here else ""),
                (arrows[0], "$accent"),
                (clean_line(value).rjust(9), "bold" if own else ""),
                (arrows[1], "$accent"),
                ("  yours" if own else "", "$accent"),
                (_about(knob, seen), "$muted"),
            )
        )
    return Content("\n").join(lines)


def _about(knob: Knob, seen: EstimateView) -> str:
    if knob is not Knob.CONTEXT:
        return ""
    most = f"fits up to {count(seen.most_context)}" if seen.most_context else "none fits"
    return f"  {most}, trained on {count(seen.trained_context)}" if seen.trained_context else f"  {most}"


def outcome(seen: EstimateView, width: int) -> Content:
    """The devices as they would be, and in words what would happen."""
    lines: list[Content] = []
    for box in seen.boxes:
        lines += box_lines(box, width)
    return Content("\n").join([*lines, Content(""), *verdict(seen, width)])


def box_lines(box: BoxView, width: int) -> list[Content]:
    """Name and what is left; the bar; what its parts are."""
    left = f"{size(box.free)} left" if box.free >= 0 else f"{size(-box.free)} missing"
    name = fit(clean_line(box.name), width - len(left) - 14)
    whole = size(box.total)
    gap = " " * max(1, width - cell_len(name) - cell_len(whole) - cell_len(left) - 1)
    head = Content.assemble(
        (name, "bold"), " ", (whole, "$muted"), gap, (left, "$error" if box.free < 0 else "$success")
    )
    scale = max(box.total, box.total - box.free, 1)
    bar: list[tuple[str, str]] = []
    legend: list[str | tuple[str, str]] = []
    room = width
    for field, title, mark, style in _PARTS:
        if amount := getattr(box, field):
            cells = min(max(1, round(amount / scale * width)), room)  # however little it is, it is seen
            room -= cells
            bar.append((mark * cells, style))
            legend += [" " if legend else "", (mark, style), f" {title} {size(amount)} "]
    bar.append((_FREE * (room if box.free > 0 else 0), "$line"))
    return [head, Content.assemble(*bar), Content.assemble(*legend) if legend else Content("")]


def verdict(seen: EstimateView, width: int) -> list[Content]:
    """What Enter would do."""
    if seen.refusal:
        return [Content.styled(clean_line(seen.refusal), "$error")]
    if seen.loaded:
        return [Content.styled("It is loaded like this already.", "$success")]
    lines = []
    if seen.evicts:
        names = (shown_name(one.model) + (" (busy: waits for it)" if one.busy else "") for one in seen.evicts)
        lines.append(Content.styled(fit(f"Unloads {', '.join(names)}.", width), "$warning"))
    if on_cpu := seen.layers - seen.layers_on_gpu:
        share = f"{on_cpu} of {seen.layers} layers" if seen.layers_on_gpu else "All layers"
        lines.append(Content.styled(f"{share} run on the CPU, which is slow.", "$warning"))
    if seen.fits:
        lines.append(Content.styled("Fits." if seen.evicts else "Fits; nothing is unloaded.", "$success"))
    else:
        advice = "m takes the longest context that fits" if seen.most_context else "fewer slots or a smaller cache help"
        lines.append(Content.styled(f"Does not fit: the engine may fail, or be slow. {advice}.", "$error"))
    return lines
