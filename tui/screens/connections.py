"""The saved backends: switch to one, add, test and remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.connections import ConnectionsError, Saved, parse
from tui.quantity import fit
from tui.screens.confirm import Confirm
from tui.screens.dialog import Dialog
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.app import ComposeResult

    from tui.connections import Connections as Shelf

_NAME_WIDTH = 20
_FIELDS = (
    ("name", "a name of your own, such as box-a"),
    ("host", "https://HOST:PORT, HOST:PORT or unix:PATH"),
    ("key", "the path of a file with the key; empty for none"),
)


class Connections(Dialog[str]):
    """Dismissed with the name of the backend to switch to; `home` is the one that the app was started with.

    `test` gives a sentence on whether the backend of a name answers.
    """

    DEFAULT_CSS = """
    Connections {
        OptionList { height: auto; max-height: 12; }
        #connection-note { margin: 1 0 0 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", show=False),
        Binding("t", "test", show=False),
        Binding("d,delete", "remove", show=False),
    ]

    def __init__(self, shelf: Shelf, home: str, current: str, test: Callable[[str], Awaitable[str]]) -> None:
        super().__init__()
        self._shelf = shelf
        self._home = home
        self._current = current
        self._test = test

    def compose(self) -> ComposeResult:
        """The list over what a test said."""
        with Vertical(classes="dialog") as box:
            box.border_title = "Backends"
            box.border_subtitle = "Enter switch · a add · t test · d remove · Esc close"
            yield OptionList(id="connection-list", markup=False)
            yield Static(id="connection-note", markup=False)

    def on_mount(self) -> None:
        """The one in use is under the cursor."""
        self._fill(self._current)
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Switch."""
        event.stop()
        self.dismiss(event.option_id)

    def action_add(self) -> None:
        """Ask for a new one."""

        def added(saved: Saved | None) -> None:
            if saved is not None:
                self._change(lambda: self._shelf.put(saved), saved.name)

        self.app.push_screen(AddConnection(), added)

    def action_remove(self) -> None:
        """Forget the one under the cursor, once the user has confirmed it."""
        name = self._chosen()
        if name == self._home:
            self._say("This is the backend that the app was started with; it is in no file.")
            return

        def decided(yes: bool | None) -> None:
            if yes:
                self._change(lambda: self._shelf.remove(name), self._home)

        self.app.push_screen(Confirm("Remove a connection", f"Forget {name}? Its key file stays."), decided)

    def action_test(self) -> None:
        """Ask the one under the cursor whether it answers."""
        self._say("asking …")
        self.run_worker(self._ask(self._chosen()), group="test", exclusive=True)

    async def _ask(self, name: str) -> None:
        answer = await self._test(name)
        if self.is_attached:
            self._say(answer)

    def _chosen(self) -> str:
        option = self.query_one(OptionList).highlighted_option
        return self._home if option is None or option.id is None else option.id

    def _change(self, work: Callable[[], None], then: str) -> None:
        try:
            work()
        except ConnectionsError as error:
            self._say(str(error), error=True)
        else:
            self._fill(then)

    def _fill(self, chosen: str) -> None:
        entries: list[Saved] = []
        try:
            entries = self._shelf.read()
        except ConnectionsError as error:
            self._say(str(error), error=True)
        rows = [(self._home, "where the app was started")] + [
            (entry.name, entry.host) for entry in entries if entry.name != self._home
        ]
        view = self.query_one(OptionList)
        view.clear_options()
        view.add_options([Option(self._row(name, about), id=name) for name, about in rows])
        names = [name for name, _ in rows]
        view.highlighted = names.index(chosen) if chosen in names else 0

    def _row(self, name: str, about: str) -> Content:
        mark = "●" if name == self._current else " "
        shown = fit(clean_line(name), _NAME_WIDTH).ljust(_NAME_WIDTH)
        return Content.assemble((mark, "$success"), " ", shown, " ", (fit(clean_line(about), self.room - 24), "$muted"))

    def _say(self, text: str, *, error: bool = False) -> None:
        style = "$error" if error else "$muted"
        self.query_one("#connection-note", Static).update(Content.styled(clean_line(text), style))


class AddConnection(Dialog[Saved]):
    """Dismissed with a connection that is right in form."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", show=False, priority=True),
        Binding("up", "app.focus_previous", show=False, priority=True),
    ]

    def compose(self) -> ComposeResult:
        """One field under the other."""
        with Vertical(classes="dialog") as box:
            box.border_title = "Add a backend"
            box.border_subtitle = "↑ ↓ fields · Enter add · Esc leave it"
            for key, about in _FIELDS:
                field = Input(placeholder=about, id=f"connection-{key}")
                field.cursor_blink = False
                yield field
            yield Static("The key is read from its file (chmod 600); it never stands in a command.", markup=False)
            yield Static(id="connection-wrong", markup=False)

    def on_mount(self) -> None:
        """Begin with the name."""
        self.query_one("#connection-name", Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take it, or say what is wrong and go there."""
        event.stop()
        values = [self.query_one(f"#connection-{key}", Input).value.strip() for key, _ in _FIELDS]
        for (key, _), value in zip(_FIELDS[:2], values, strict=False):
            if not value:
                self.query_one(f"#connection-{key}", Input).focus()
                return
        try:
            self.dismiss(parse(*values))
        except ConnectionsError as error:
            wrong = Content.styled(clean_line(str(error)), "$error")
            self.query_one("#connection-wrong", Static).update(wrong)
