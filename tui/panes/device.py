"""The machine in two lines: processor and memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from tui.quantity import bar, size

if TYPE_CHECKING:
    from textual import events

    from tui.workspace import Workspace


class DevicePane(Static):
    """CPU and RAM as gauges."""

    BORDER_TITLE = "Device"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(id="device", classes="pane", markup=False)
        self._workspace = workspace
        self._drawn: Content | None = None

    def refresh_rows(self) -> None:
        """Show what the workspace knows now."""
        snapshot = self._workspace.snapshot
        if snapshot is None:
            content = Content.styled("CPU …\nRAM …", "$muted")
        else:
            used = snapshot.memory_total - snapshot.memory_available
            share = used / snapshot.memory_total if snapshot.memory_total else 0.0
            content = Content("\n").join(
                [
                    self._gauge("CPU", snapshot.cpu / 100, f"{snapshot.cpu:.0f} %"),
                    self._gauge("RAM", share, f"{size(used)} of {size(snapshot.memory_total)}"),
                ]
            )
        if content != self._drawn:
            self._drawn = content
            self.update(content, layout=False)

    def on_resize(self, event: events.Resize) -> None:
        """Gauges are as wide as there is room."""
        self.refresh_rows()

    def _gauge(self, name: str, share: float, text: str) -> Content:
        room = max(4, self.size.width - 2 - len(name) - 18)
        style = "$error" if share > 0.95 else "$warning" if share > 0.8 else "$primary"
        return Content.assemble((name, "$muted"), " ", (bar(share, room), style), " ", text.rjust(16))
