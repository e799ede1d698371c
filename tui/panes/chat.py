"""The chat: transcript above, prompt below."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from tui.chats.titles import title_bar
from tui.panes.entry import Entry
from tui.transcript.block import Block, Kind, Role
from tui.transcript.view import Transcript

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.chats.open_chats import OpenChats
    from tui.panes.prompt import Prompt
    from tui.workspace import Workspace

_BRANCHING = "a branch begins here · Esc goes back"
_HALF, _WHOLE = 0.5, 1.0


class ChatPane(Vertical):
    """Holds the two widgets and the scrolling keys; the turns themselves are `tui.turns`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_transcript('line-up')", show=False),
        Binding("down,j", "scroll_transcript('line-down')", show=False),
        Binding("pageup", "scroll_transcript('up')", show=False),
        Binding("pagedown,space", "scroll_transcript('down')", show=False),
        Binding("home", "scroll_transcript('home')", show=False),
        Binding("end", "scroll_transcript('end')", show=False),
        Binding("enter", "app.do('pane.chat')", show=False),
    ]
    BORDER_TITLE = "Chat"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(id="chat", classes="pane")
        self.transcript: Transcript = Transcript(id="transcript")
        self.entry = Entry(workspace)
        self.prompt = self.entry.prompt
        self._title = Content()

    def compose(self) -> ComposeResult:
        """The prompt grows upwards into the transcript."""
        yield self.transcript
        yield self.entry

    def name_chats(self, chats: OpenChats, model: str) -> None:
        """Say in the title which chats are open, or whom one talks to."""
        title = title_bar(chats, model, self.outer_size.width - 8)
        if title != self._title:  # setting it repaints the pane
            self._title = title
            self.border_title = title
        subtitle = _BRANCHING if chats.shown.hidden_end else ""
        if subtitle != self.border_subtitle:
            self.border_subtitle = subtitle

    def show(self, blocks: list[Block]) -> None:
        """Show these messages from now on, at their end."""
        self.transcript.fill(blocks)

    def hint(self, text: str) -> None:
        """Show what to do next in an otherwise empty transcript."""
        if all(block.role is Role.HINT for block in self.transcript.blocks):
            self.transcript.clear()
            block = Block(Role.HINT)
            block.append(Kind.TEXT, text)
            self.transcript.add(block)

    def forget_hint(self) -> None:
        """Hints go when the chat begins."""
        if any(block.role is Role.HINT for block in self.transcript.blocks):
            self.transcript.clear()

    def open_search(self) -> None:
        """Show the line in which one says what to look for."""
        from tui.transcript.search_field import SearchField

        for field in self.query(SearchField):
            field.write()
            return
        self.transcript.look_for("", keep=True)
        self.mount(SearchField(self.transcript), after=self.transcript)

    def open_found(self, text: str, block: Block) -> None:
        """Show where a message has a text, as if one had looked for it."""
        from tui.transcript.search_field import SearchField

        self.query(SearchField).remove()
        self.transcript.look_for(text, since=block)
        self.mount(SearchField(self.transcript, text), after=self.transcript)

    async def on_transcript_searched(self, event: Transcript.Searched) -> None:
        """The line says what was found, and goes with the search."""
        from tui.transcript.search_field import SearchField

        event.stop()
        for field in self.query(SearchField):
            if self.transcript.found is None:
                await field.remove()
            else:
                field.show_found(self.transcript.found)

    def on_prompt_scrolled(self, event: Prompt.Scrolled) -> None:
        """The prompt has the focus, the transcript moves."""
        event.stop()
        self.action_scroll_transcript(event.where)

    def action_scroll_transcript(self, where: str) -> None:
        """Move the view by a line, a page, or to an end."""
        view = self.transcript
        if where == "home":
            view.scroll_home_now()
        elif where == "end":
            view.follow()
        elif where in ("line-up", "line-down"):
            view.scroll_lines(-1 if where == "line-up" else 1)
        else:
            view.scroll_pages(-_WHOLE if where == "up" else _WHOLE)
