"""What the user can have done to compare replies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.errors import BackendError
from tui.actions.compare import replies_run
from tui.advice import explain
from tui.workspace import shown_name

if TYPE_CHECKING:
    from tui.app import PunaApp
    from tui.compare.column import Column
    from tui.screens.compare import Compare


class CompareOperations:
    """`screen` is the comparison while it is open. Its replies go on in the backend when it is closed."""

    def __init__(self, app: PunaApp) -> None:
        self._app = app
        self.screen: Compare | None = None

    def open(self) -> None:
        """Columns for the model in use and the next one, or for that one at another temperature."""
        from tui.compare.comparison import Comparison
        from tui.screens.compare import Compare

        app = self._app
        comparison = Comparison(
            self._first_columns(), lambda: app.connection.gateway.sessions, app.now, lambda _: self._touch()
        )

        def closed(session: str | None) -> None:
            self.screen = None
            if session is not None:
                self._show(session)
            elif comparison.running:
                app.say("the replies go on; the chat is in the list of chats")

        self.screen = Compare(comparison, app.workspace, app.panes.chat.prompt.text, self.ask, app.now, app.keys)
        app.push_screen(self.screen, closed)

    def ask(self, text: str) -> None:
        """Put a question to every column."""
        screen = self.screen
        if screen is None:
            return
        if not text.strip():
            screen.say("write a question first")
        elif screen.comparison.running:
            screen.say(replies_run(self._app))
        else:
            screen.leave_question()
            screen.say("")
            self._app.run_worker(self._ask(screen, text), group="turn")

    def ask_again(self) -> None:
        """The same question once more."""
        if self.screen is not None:
            self.ask(self.screen.comparison.asked)

    def stop(self) -> None:
        """End the replies that run."""
        if self.screen is not None:
            self._app.work.start(self.screen.comparison.stop())

    def within(self) -> None:
        """Ask at the end of the chat that is shown, so that the replies are branches of it; or apart from it again."""
        from tui.compare.comparison import Place

        if self.screen is not None:
            chat, comparison = self._app.workspace.chat, self.screen.comparison
            apart = comparison.place is not None
            comparison.go(None if apart else Place(chat.id, chat.conversation.leaf, chat.title))
            self.screen.name_place()
            self.screen.say(
                "asked apart from the chat again" if apart else "asked at the end of the chat, as branches of it"
            )

    def add(self) -> None:
        """One more column: as the chosen one, to be changed."""
        from tui.compare.column import Column

        if self.screen is not None:
            chosen, keys = self.screen.chosen, self._app.keys
            model, parameters = keys.name("compare.model"), keys.name("compare.parameters")
            self.screen.comparison.columns.append(Column(chosen.model, dict(chosen.options)))
            self._lay_out(
                f"a column more; {model} takes another model for it, {parameters} other parameters", last=True
            )

    def remove(self) -> None:
        """Without the chosen column; its reply stays in the session."""
        if self.screen is not None:
            self.screen.comparison.columns.remove(self.screen.chosen)
            self._lay_out("")

    def choose_model(self) -> None:
        """Another model for the chosen column."""
        from tui.screens.choose import Choose

        if self.screen is None:
            return
        column = self.screen.chosen
        names = [model.name for model in self._app.workspace.models]

        def chosen(model: str | None) -> None:
            if model:
                self._change(column, model, column.options)

        self._app.push_screen(Choose("Model of the column", names, column.model), chosen)

    def choose_parameters(self) -> None:
        """Other parameters for the chosen column."""
        from tui.screens.column_parameters import ColumnParameters

        if self.screen is None:
            return
        column = self.screen.chosen

        def taken(options: dict[str, object] | None) -> None:
            if options is not None:
                self._change(column, column.model, options)

        self._app.push_screen(ColumnParameters(f"Parameters · {shown_name(column.model)}", column.options), taken)

    def take(self) -> None:
        """The chosen column becomes a chat, in which the others are branches."""
        if self.screen is not None:
            self._app.work.start(self._take(self.screen, self.screen.chosen))

    def _show(self, session: str) -> None:
        """Open a chat that has changed since it was read."""
        chat = self._app.workspace.chats.find(session)
        self._app.chats.open(session)
        if chat is not None:
            self._app.turns.leave(chat)  # perhaps the reply of another column is followed
            self._app.chats.reload(chat)

    def _first_columns(self) -> list[Column]:
        from tui.compare.column import Column

        space = self._app.workspace
        options = space.parameters.options()
        others = [model.name for model in space.models if model.name != space.model]
        if others:
            return [Column(space.model, options), Column(others[0], dict(options))]
        warmer = {**options, "temperature": 0.0 if options.get("temperature") else 1.2}
        return [Column(space.model, options), Column(space.model, warmer)]

    def _change(self, column: Column, model: str, options: dict[str, object]) -> None:
        """The column is another one from now on, and empty."""
        from tui.compare.column import Column

        if self.screen is not None and column in self.screen.comparison.columns:
            columns = self.screen.comparison.columns
            columns[columns.index(column)] = Column(model, options)
            self._lay_out("a asks again" if self.screen.comparison.asked else "")

    def _lay_out(self, said: str, *, last: bool = False) -> None:
        if self.screen is not None:
            self._app.work.start(self.screen.lay_out(last=last), group="columns")
            self.screen.say(said)

    def _touch(self) -> None:
        if self.screen is not None:
            self.screen.touch()

    async def _ask(self, screen: Compare, text: str) -> None:
        parameters = self._app.workspace.parameters
        try:
            await screen.comparison.ask(text, parameters.system, parameters.think, parameters.own_keep_alive)
        except BackendError as error:
            if screen is self.screen:
                screen.say(explain(error, self._app.keys), error=True)
        self._touch()

    async def _take(self, screen: Compare, column: Column) -> None:
        session = await screen.comparison.take(column)
        if screen is self.screen:
            screen.dismiss(session)
