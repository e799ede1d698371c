"""Puna's app: it wires connection, workspace, panes and actions, and does nothing by itself."""

from __future__ import annotations

import gc
import os
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from textual.screen import ModalScreen

from tui import greeting
from tui.actions.action import Scope
from tui.actions.keymap import keymap_in_force
from tui.actions.registry import BY_ID, bindings
from tui.connection import Link, LinkChanged, SnapshotArrived
from tui.operations.chats import ChatOperations
from tui.operations.compare import CompareOperations
from tui.operations.connections import ConnectionOperations, place_name
from tui.operations.downloads import DownloadOperations
from tui.operations.messages import MessageOperations
from tui.operations.models import ModelOperations
from tui.operations.parameters import ParameterOperations
from tui.operations.prompt import PromptOperations
from tui.operations.requests import RequestOperations
from tui.operations.runners import RunnerOperations
from tui.operations.screens import ScreenOperations
from tui.operations.sessions import SessionOperations
from tui.operations.slash import SlashOperations
from tui.operations.themes import ThemeOperations
from tui.operations.tokens import TokenOperations
from tui.operations.work import Work
from tui.parameters import Parameters
from tui.quantity import span
from tui.screens.dialog import Dialog
from tui.screens.speaking import SpeakingDialog
from tui.screens.workbench import WIDE, Workbench
from tui.terminal.alt_keys import read_alt_keys
from tui.terminal.ascii import AsciiFilter
from tui.terminal.frame_diff import FrameDiff
from tui.terminal.multiplexer import Multiplexer
from tui.terminal.pace import LowBandwidth
from tui.turns import Turns
from tui.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual.binding import BindingType
    from textual.filter import LineFilter
    from textual.screen import Screen
    from textual.worker import Worker

    from backend.settings import Settings
    from tui.connection import Connection
    from tui.doctor.finding import Finding
    from tui.operations.connections import Connect
    from tui.panes.models import ModelsPane
    from tui.panes.parameters import ParametersPane
    from tui.panes.prompt import Prompt
    from tui.transcript.view import Transcript


def _collect_again() -> None:
    """What start-up made is there to stay, so later collections need not look through it."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


class PunaApp(FrameDiff):
    """`connect` makes the line to a backend; the clocks and `host` are injected so that screens can be compared."""

    CSS_PATH = "app.tcss"
    TITLE = "Puna"
    ENABLE_COMMAND_PALETTE = False
    PAUSE_GC_ON_SCROLL = True
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 # Textual declares it for instances
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.APP)

    workspace: Workspace
    connections: ConnectionOperations
    work: Work
    models: ModelOperations
    downloads: DownloadOperations
    requests: RequestOperations
    runners: RunnerOperations
    parameters: ParameterOperations
    chats: ChatOperations
    messages: MessageOperations
    sessions: SessionOperations
    tokens: TokenOperations
    compare: CompareOperations
    themes: ThemeOperations
    screens: ScreenOperations
    turns: Turns
    writing: PromptOperations
    slash: SlashOperations
    panes: Workbench

    def __init__(
        self,
        settings: Settings,
        connect: Connect,
        *,
        now: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        host: str = "",
        examine: Callable[[Settings], Awaitable[list[Finding]]] | None = None,
    ) -> None:
        super().__init__(LowBandwidth(settings.low_bandwidth), Multiplexer.around(os.environ))
        read_alt_keys()
        self.animation_level = "none"
        self.now, self.wall_clock = now, wall_clock
        self._ascii = [AsciiFilter()] if settings.ascii_only else []
        self.keys, self._complaint = keymap_in_force(settings.config)
        self.set_keymap(self.keys.textual())
        home = host or place_name(settings)
        parameters = Parameters(keep_alive=span(settings.keep_alive))
        self.workspace = Workspace(host=home, parameters=parameters, pace=self.pace)
        self.connections = ConnectionOperations(self, settings, home, connect)
        self.work = Work(self)
        self.models = ModelOperations(self)
        self.downloads = DownloadOperations(self)
        self.requests = RequestOperations(self)
        self.runners = RunnerOperations(self)
        self.parameters = ParameterOperations(self, settings)
        self.chats = ChatOperations(self)
        self.messages = MessageOperations(self)
        self.sessions = SessionOperations(self)
        self.tokens = TokenOperations(self)
        self.compare = CompareOperations(self)
        self.turns = Turns(self)
        self.writing = PromptOperations(self, settings)
        self.slash = SlashOperations(self)
        self.panes = Workbench(self.workspace, now, self.keys)
        self.themes = ThemeOperations(self, settings)
        self.screens = ScreenOperations(self, settings, examine)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, and ASCII alone where the terminal shows nothing else."""
        return [*super().get_line_filters(), *self._ascii]

    def get_default_screen(self) -> Screen[Any]:
        """The workbench."""
        return self.panes

    def on_mount(self) -> None:
        """Paint first, connect then."""
        self.writing.prepare()
        self.panes.chat.hint(greeting.STARTING)
        if complaint := self._complaint or self.themes.complaint():
            self.say(complaint, error=True)
        self.call_after_refresh(_collect_again)
        self.call_after_refresh(self.connections.start)

    @property
    def connection(self) -> Connection:
        """The line to the backend in use."""
        return self.connections.current

    def on_link_changed(self, message: LinkChanged) -> None:
        """The line came up or went."""
        self.workspace.link, self.workspace.reason = message.link, message.reason
        if message.link is Link.UP:
            self.turns.line_came_up()
            _: Worker[None] = self.run_worker(self._catch_up, group="models", exclusive=True)
        else:
            self.workspace.snapshot = None
        if message.link is Link.FAILED:
            self.panes.chat.hint(greeting.failed(self.keys, message.reason))
        self.show_state()

    async def _catch_up(self) -> None:
        """What the backend has: its models, then the chats, which name some."""
        await self.work.guard(self.models.read())
        await self.work.guard(self.chats.resume())

    def on_snapshot_arrived(self, message: SnapshotArrived) -> None:
        """The backend's state changed."""
        before = self.workspace.snapshot
        self.workspace.snapshot, self.workspace.at = message.snapshot, self.now()
        if before is not None and before.models_revision != message.snapshot.models_revision:
            self.models.refresh()
        if before is not None and before.sessions_revision != message.snapshot.sessions_revision:
            self.chats.refresh()
        if before is not None:
            self.downloads.tell(before.downloads, message.snapshot.downloads)
        self.connections.greet(message.snapshot)
        self.turns.show_progress()
        if self.pace.gauges_due(self.now()):
            self.show_state()

    def on_models_pane_used(self, message: ModelsPane.Used) -> None:
        """A model was clicked."""
        self.action_do("models.use")

    def on_parameters_pane_edited(self, message: ParametersPane.Edited) -> None:
        """A parameter was clicked."""
        self.action_do("parameters.edit")

    def on_transcript_followed(self, message: Transcript.Followed) -> None:
        """The chat was scrolled up, or down to its end again."""
        self.show_state()

    def on_prompt_sent(self, message: Prompt.Sent) -> None:
        """The user wrote a message."""
        self.writing.send(message)

    def on_prompt_commanded(self, message: Prompt.Commanded) -> None:
        """The user wrote a slash command."""
        self.slash.run(message.line)

    def on_edit_area_editor_wanted(self) -> None:
        """Ctrl+X Ctrl+E in the prompt."""
        self.action_do("prompt.editor")

    def on_edit_area_refused(self, message: Prompt.Refused) -> None:
        """The prompt could not do something."""
        self.say(message.reason, error=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a dialog is open its own keys work, and nothing happens beneath it."""
        if action == "do" and isinstance(self.screen, ModalScreen):
            return BY_ID[str(parameters[0])].scope is not Scope.APP
        return super().check_action(action, parameters)

    def forget_backend(self, host: str) -> None:
        """Begin anew with another backend: nothing of the one before is shown any longer."""
        self.workspace.forget_backend(host)
        self.chats.forget_all()
        self.panes.chat.hint(greeting.STARTING)
        self.show_state()

    def action_do(self, action_id: str) -> None:
        """Run an action of the registry, or say why it cannot be done now."""
        action = BY_ID[action_id]
        if reason := action.available(self):
            self.say(reason)
        else:
            action.run(self)

    def say(self, text: str, *, error: bool = False) -> None:
        """A sentence in the status line, or where the screen that covers it says such things."""
        speaker = self.screen if isinstance(self.screen, SpeakingDialog) else self.panes.status
        speaker.say(text, error=error)

    def show_state(self) -> None:
        """Bring every pane up to date with the workspace."""
        if self.panes.is_mounted:
            chat = self.panes.chat
            chat.name_chats(self.workspace.chats, self.workspace.model)
            chat.entry.show_files()
            self.panes.status.show_chat(replying=self.turns.running, behind=not chat.transcript.following)
            self.panes.refresh_rows()
        for screen in self.screen_stack:
            if isinstance(screen, Dialog):
                screen.refresh_rows()

    def greet(self) -> None:
        """Tell in an empty chat what to do next."""
        space = self.workspace
        if space.models_known and self.chats.known:
            self.panes.chat.hint(greeting.ready(self.keys, space))

    def back(self) -> None:
        """Escape: end the search, drop the cursor, stop the reply, leave a branch or the prompt, or go on writing."""
        chat = self.panes.chat
        if chat.transcript.has_focus and chat.transcript.release():
            return
        if self.turns.running and chat.has_focus_within:
            self.turns.stop()
        elif self.workspace.chat.hidden_end and chat.prompt.has_focus:
            self.messages.come_back()
        elif chat.prompt.has_focus:
            chat.transcript.focus()
        else:
            self.panes.reach("chat")
