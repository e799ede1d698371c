"""The main screen: panes around the chat, overlays on a narrow terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget

from tui.panes.chat import ChatPane
from tui.panes.devices import DevicesPane
from tui.panes.models import ModelsPane
from tui.panes.parameters import ParametersPane
from tui.panes.rows import Rows
from tui.panes.running import RunningPane
from tui.panes.status import StatusLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult

    from tui.actions.keymap import Keymap
    from tui.workspace import Workspace

WIDE = 100  # columns from which the side panes stand beside the chat


class Workbench(Screen[None]):
    """Holds the panes and knows which are shown. At less than `WIDE` columns one pane at a time lies over the chat."""

    AUTO_FOCUS = "#prompt"
    models: ModelsPane
    running: RunningPane
    devices: DevicesPane
    parameters: ParametersPane
    chat: ChatPane

    def __init__(self, workspace: Workspace, now: Callable[[], float], keys: Keymap) -> None:
        super().__init__(id="workbench")
        self._keys = keys
        self.models = ModelsPane(workspace)
        self.running = RunningPane(workspace, now)
        self.devices = DevicesPane(workspace, now)
        self.parameters = ParametersPane(workspace)
        self.chat = ChatPane(workspace)
        self.status = StatusLine(workspace, keys)
        self._left = Vertical(id="left")

    def compose(self) -> ComposeResult:
        """Left column, chat, parameters; the status line below."""
        with Horizontal(id="body"):
            with self._left:
                yield self.models
                yield self.running
                yield self.devices
            yield self.chat
            yield self.parameters
        yield self.status

    def refresh_rows(self) -> None:
        """Show what the workspace knows now in every pane."""
        for pane in (self.models, self.running, self.devices, self.parameters, self.status):
            pane.refresh_rows()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The status line and the frame of the pane name the keys that work where the focus is."""
        self.status.show_keys(typing=event.widget is self.chat.prompt)
        if isinstance(event.widget, Rows) and event.widget.SCOPE is not None:
            frame = _frame(event.widget)
            frame.border_subtitle = self._keys.hints(event.widget.SCOPE, frame.outer_size.width - 6)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """The keys of the pane do not work now."""
        if isinstance(event.widget, Rows):
            _frame(event.widget).border_subtitle = ""

    def reach(self, name: str) -> None:
        """Show a pane and give it the focus; `chat` closes an overlay."""
        self._close_overlay()
        if name == "chat":
            self.chat.prompt.focus()
            return
        pane = self._side_panes[name]
        pane.remove_class("-hidden")
        pane.add_class("-open")
        self._arrange()
        target = self.parameters.rows if pane is self.parameters else pane
        self.call_after_refresh(target.focus)

    def toggle(self, name: str) -> None:
        """Reach a pane; hide it if it has the focus already."""
        pane = self._side_panes[name]
        if not pane.has_focus_within and not pane.has_focus:
            self.reach(name)
            return
        if self.has_class("-wide"):
            pane.add_class("-hidden")
        self.reach("chat")

    @property
    def _side_panes(self) -> dict[str, Widget]:
        return {
            "models": self.models,
            "running": self.running,
            "devices": self.devices,
            "parameters": self.parameters,
        }

    def _close_overlay(self) -> None:
        for pane in self._side_panes.values():
            pane.remove_class("-open")
        self._arrange()

    def _arrange(self) -> None:
        """The left column is there if a pane in it is."""
        panes = (self.models, self.running, self.devices)
        self._left.set_class(any(pane.has_class("-open") for pane in panes), "-open")
        self._left.set_class(all(pane.has_class("-hidden") for pane in panes), "-hidden")


def _frame(rows: Rows) -> Widget:
    """The pane that a list stands in, which may be the list itself."""
    return next(
        (node for node in rows.ancestors_with_self if node.has_class("pane") and isinstance(node, Widget)), rows
    )
