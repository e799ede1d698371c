"""The slash commands of the REPL: Ollama's, with its messages (the specification's section J)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from backend.errors import BadRequest, NotFound
from tui.commands.list import table_lines
from tui.commands.model_sections import section_lines
from tui.repl import texts
from tui.repl.spinner import Spinner
from tui.slash import change as changes
from tui.slash.command import CommandError
from tui.slash.line import head_and_rest
from tui.slash.part import ABSENT, part_text
from tui.slash.save import save

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from backend.client import Client
    from tui.prompt.history import History
    from tui.repl.chat import Chat
    from tui.repl.models import Models
    from tui.repl.screen import Screen
    from tui.slash.change import Change

ENDINGS = ("bye", "exit")


class Commands:
    """Over the chat, the backend and what was written before."""

    def __init__(self, client: Client, chat: Chat, models: Models, screen: Screen, history: History) -> None:
        self._client = client
        self._models = models
        self._chat = chat
        self._screen = screen
        self._history = history
        self._by_name: dict[str, Callable[[str], Awaitable[None]]] = {
            "set": self._set,
            "show": self._show,
            "list": self._list,
            "load": self._load,
            "save": self._save,
            "clear": self._clear,
            "help": self._help,
            "?": self._help,
        }
        self._settings: dict[str, Callable[[str], None]] = {
            "parameter": self._set_parameter,
            "system": self._set_system,
            "think": lambda level: self._put(changes.think(chat.parameters, level)),
            "nothink": lambda _: self._put(changes.nothink(chat.parameters)),
            "format": self._set_format,
            "noformat": self._set_noformat,
            **{word: partial(self._switch, word) for word in ("history", "nohistory", "wordwrap", "nowordwrap")},
            **{word: partial(self._switch, word) for word in ("verbose", "quiet")},
        }

    async def run(self, line: str) -> None:
        """Run one. Raises a `BackendError` as the backend gave it; what was written wrongly is said."""
        head, rest = head_and_rest(line)
        command = self._by_name.get(head)
        if command is None:
            self._screen.say(f"Unknown command '/{head}'. Type /? for help")
            return
        try:
            await command(rest)
        except CommandError as error:
            self._screen.say(f"error: {error}")

    async def _set(self, rest: str) -> None:
        what, argument = head_and_rest(rest)
        if not what:
            self._screen.say(texts.SET.text())
        elif what in self._settings:
            self._settings[what](argument)
        else:
            self._screen.say(f"Unknown command '/set {what}'. Type /? for help")

    def _set_parameter(self, argument: str) -> None:
        if len(argument.split()) < 2:  # a name and a value
            self._screen.say(texts.PARAMETERS.text())
            return
        try:
            self._put(changes.parameter(self._chat.parameters, argument))
        except CommandError as error:
            self._screen.say(f"Couldn't set parameter: {error}")

    def _set_system(self, argument: str) -> None:
        if argument:
            self._put(changes.system(argument))
        else:
            self._screen.say(texts.SET.text())

    def _set_format(self, argument: str) -> None:
        if argument:
            self._put(changes.answer_format(argument))
        else:
            self._screen.say(texts.NO_FORMAT)

    def _set_noformat(self, _: str) -> None:
        self._chat.parameters.reset("format")
        self._screen.say("Disabled format.")

    def _switch(self, word: str, _: str) -> None:
        match word:
            case "history" | "nohistory":
                self._history.enabled = word == "history"
            case "wordwrap" | "nowordwrap":
                self._chat.word_wrap = word == "wordwrap"
            case _:
                self._chat.verbose = word == "verbose"
        self._screen.say(f"Set '{word}' mode.")

    def _put(self, change: Change) -> None:
        try:
            self._chat.parameters.set(change.key, change.text)
        except ValueError as error:
            raise CommandError(str(error)) from error
        self._screen.say(change.done)

    async def _show(self, rest: str) -> None:
        part = rest.split(" ")[0]
        if not part:
            self._screen.say(texts.SHOW.text())
        elif part == "info":
            for line in section_lines(await self._client.show(self._chat.model), verbose=False):
                self._screen.say(line)
        elif part in ABSENT:
            shown = await self._client.show(self._chat.model)
            self._screen.say(f"{part_text(shown, part, self._chat.parameters)}\n")
        else:
            self._screen.say(f"Unknown command '/show {part}'. Type /? for help")

    async def _list(self, rest: str) -> None:
        models = await self._models.read()
        for line in table_lines([model for model in models if model.name.lower().startswith(rest.lower())]):
            self._screen.say(line)

    async def _load(self, rest: str) -> None:
        model = self._one_name("load", rest)
        if not model:
            return
        self._screen.say(f"Loading model '{model}'")
        chat = self._chat
        try:
            async with Spinner(self._screen.stream):
                shown = await self._client.show(model)
                if "embedding" in shown.capabilities:
                    raise CommandError(f"'{model}' makes embeddings and cannot chat")
                await self._client.load(model, chat.parameters.options(), chat.parameters.own_keep_alive)
        except NotFound:
            self._screen.say(f"Couldn't find model '{model}'")
            return
        chat.use(model, shown)
        self._screen.replay(chat.stored, word_wrap=chat.word_wrap)

    async def _save(self, rest: str) -> None:
        name = self._one_name("save", rest)
        if not name:
            return
        try:
            await save(self._client, self._chat.saved_as(name))
        except BadRequest as error:
            if "invalid model name" not in error.message:
                raise
            raise CommandError(f"The model name '{name}' is invalid") from error
        self._screen.say(f"Created new model '{name}'")
        await self._models.read()

    def _one_name(self, command: str, rest: str) -> str:
        """The only word of `rest`; without it the usage is said."""
        names = rest.split()
        if len(names) == 1:
            return names[0]
        self._screen.say(f"Usage:\n  /{command} <modelname>")
        return ""

    async def _clear(self, _: str) -> None:
        self._chat.messages = []
        self._screen.say("Cleared session context")

    async def _help(self, rest: str) -> None:
        topic = rest.removeprefix("/")
        if topic == "set":
            self._screen.say(texts.SET.text())
        elif topic == "show":
            self._screen.say(texts.SHOW.text())
        elif topic in ("shortcut", "shortcuts"):
            self._screen.say(texts.SHORTCUTS.text())
        elif topic:
            self._screen.say(f"Unknown command '/help {topic}'. Type /? for help")
        else:
            images = [texts.IMAGES] if self._chat.parameters.can_see else []
            self._screen.say(texts.COMMANDS.text(*images, texts.TEXT_FILES, texts.MULTI_LINE))
