"""The examination as a screen: what works, what could work better, what does not, and what to do."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.doctor.finding import Finding, Level
from tui.quantity import fit
from tui.screens.dialog import Dialog
from tui.terminal.sanitize import clean_line
from tui.transcript.wrap import wrap

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.app import ComposeResult

_MARKS = {Level.OK: ("✓", "$success"), Level.ADVICE: ("→", "$warning"), Level.PROBLEM: ("✗", "$error")}
_NAME_WIDTH = 20
_MARGIN = " " * (2 + _NAME_WIDTH)


class Doctor(Dialog[None]):
    """`examine` takes a second or two; it runs when the screen opens and again by its key."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("r", "again", show=False)]

    def __init__(self, examine: Callable[[], Awaitable[list[Finding]]]) -> None:
        super().__init__()
        self._examine = examine

    def compose(self) -> ComposeResult:
        """One text to scroll through."""
        with VerticalScroll(classes="dialog") as box:
            box.border_title = "Doctor"
            box.border_subtitle = "r again · ↑ ↓ scroll · Esc close"
            yield Static(id="doctor-text", markup=False)

    def on_mount(self) -> None:
        """The keys scroll at once."""
        self.query_one(VerticalScroll).focus()
        self.action_again()

    def action_again(self) -> None:
        """Examine now."""
        self.query_one("#doctor-text", Static).update(
            Content.styled("Examining terminal, machine and backend …", "$muted")
        )
        self.run_worker(self._show(), group="doctor", exclusive=True)

    async def _show(self) -> None:
        findings = await self._examine()
        if self.is_attached:
            self.query_one("#doctor-text", Static).update(report(findings, self.room))


def report(findings: list[Finding], width: int) -> Content:
    """A sum, then group by group; what to do stands under its finding."""
    lines = [_sum(findings)]
    for group, of_group in groupby(findings, key=lambda finding: finding.group):
        lines += [Content(""), Content.styled(clean_line(group), "bold $primary")]
        for finding in of_group:
            mark, style = _MARKS[finding.level]
            name = fit(clean_line(finding.name), _NAME_WIDTH - 1).ljust(_NAME_WIDTH)
            first, *rest = _wrapped(finding.text, width)
            lines.append(Content.assemble((mark, style), " ", (name, "$muted"), first))
            lines += [Content(_MARGIN + line) for line in rest]
            lines += [Content.styled(_MARGIN + line, style) for line in _wrapped(finding.todo, width) if finding.todo]
    return Content("\n").join(lines)


def _wrapped(text: str, width: int) -> list[str]:
    text = clean_line(text)
    return [text[start:end] for start, end in wrap(text, max(width - len(_MARGIN), 20))]


def _sum(findings: list[Finding]) -> Content:
    problems = sum(finding.level is Level.PROBLEM for finding in findings)
    advice = sum(finding.level is Level.ADVICE for finding in findings)
    if problems:
        return Content.styled(f"{problems} {'problem' if problems == 1 else 'problems'}, marked ✗", "bold $error")
    return Content.styled(
        f"Everything works; {advice} could work better, marked →" if advice else "Everything works", "bold"
    )
