"""The last line: context, rate, host and model, or what just happened; and where help is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from tui.connection import Link
from tui.quantity import count, fit, percent, rate
from tui.terminal.sanitize import clean_line
from tui.workspace import shown_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.timer import Timer

    from backend.wire.downloads import DownloadView
    from tui.actions.keymap import Keymap
    from tui.workspace import Workspace

SAID_FOR_S = 6.0


class StatusLine(Static):
    """One line. `say` puts a sentence there for a few seconds."""

    def __init__(self, workspace: Workspace, keys: Keymap) -> None:
        super().__init__(id="status", markup=False)
        self._workspace = workspace
        self._keys = keys
        self._said = ""
        self._error = False
        self._timer: Timer | None = None
        self._drawn: Content | None = None
        self._typing = True
        self._replying = self._behind = False

    @property
    def said(self) -> str:
        """The sentence that is shown now; empty when the state is."""
        return self._said

    def say(self, text: str, *, error: bool = False) -> None:
        """Show a sentence for `SAID_FOR_S` seconds."""
        self._said, self._error = clean_line(text), error
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(SAID_FOR_S, self._forget)
        self.refresh_rows()

    def show_keys(self, *, typing: bool) -> None:
        """Name the keys that work now: others while a text field has the focus."""
        if typing != self._typing:
            self._typing = typing
            self.refresh_rows()

    def show_chat(self, *, replying: bool, behind: bool) -> None:
        """Name the key that stops a reply, or the one that leads down to text which is not in view."""
        if (replying, behind) != (self._replying, self._behind):
            self._replying, self._behind = replying, behind
            self.refresh_rows()

    def _forget(self) -> None:
        self._said = ""
        self.refresh_rows()

    def refresh_rows(self) -> None:
        """Show what the workspace knows now."""
        width = max(self.size.width - 2, 10)
        left, style = self._left()
        hint = self._hint()
        left = fit(left, width - len(hint) - 2)
        gap = " " * max(1, width - cell_len(left) - len(hint))
        content = Content.assemble((left, style), gap, (hint, "$muted"))
        if content != self._drawn:
            self._drawn = content
            self.update(content, layout=False)

    def _hint(self) -> str:
        """Keys that work now: while text is typed, letters are text."""
        help_ = f"{self._keys.name('app.help', typing=self._typing)} help"
        if self._typing and self._behind:
            return f"PgDn newer text  {help_}"
        if self._typing and self._replying:
            return f"{self._keys.name('app.back')} stops  {help_}"
        return f"{help_}  {self._keys.name('app.palette', typing=self._typing)} commands"

    def _left(self) -> tuple[str, str]:
        """A line that is down is told before anything else."""
        space, start = self._workspace, self._keys.name("backend.start")
        if space.link is Link.STARTING:
            return "starting backend …", "$accent"
        if space.link is Link.LOST:
            return clean_line(f"backend lost, trying again … ({start} starts it) · {space.reason}"), "$error"
        if space.link is Link.FAILED:
            return clean_line(f"no backend · {start} tries again · {space.reason}"), "$error"
        if self._said:
            return self._said, "$error" if self._error else "$accent"
        return clean_line(" · ".join(self._state())), "$foreground"

    def _state(self) -> list[str]:
        space = self._workspace
        parts = []
        if limit := space.context_limit:
            full = " full" if space.usage.context >= limit else ""  # the oldest text makes room then
            parts.append(f"context {count(min(space.usage.context, limit))}/{count(limit)}{full}")
        if space.usage.rate:
            parts.append(rate(space.usage.rate))
        if coming := downloading(space.downloads):
            parts.append(coming)
        if written := space.pace.rate(time.monotonic()):
            parts.append(f"{written / 1e3:.1f} kB/s")
        if space.pace.low:
            parts.append("low bandwidth")
        return [*parts, space.host, shown_name(space.model) or "no model"]

    def on_resize(self, event: events.Resize) -> None:
        """The text is cut to the width."""
        self.refresh_rows()


def downloading(downloads: Sequence[DownloadView]) -> str:
    """The first download under way, as `↓ 62 % gemma3`, and how many others; empty if there is none."""
    coming = [item for item in downloads if item.state in {"running", "stalled"}]
    if not coming:
        return ""
    first = coming[0]
    share = "stalled" if first.state == "stalled" else percent(first.completed / first.total) if first.total else ""
    others = len([item for item in downloads if item.state in {"running", "stalled", "waiting"}]) - 1
    return " ".join(item for item in ("↓", share, shown_name(first.model), f"+{others}" if others else "") if item)
