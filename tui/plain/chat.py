"""The chat in plain lines: what is written goes to the model, what begins with a slash is a command."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import aclosing
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from backend.errors import BackendError, ConnectFailed
from backend.wire.sessions import ENDED, NewSession, SessionChange, TurnRequest
from tui.advice import reason
from tui.quantity import count, size
from tui.workspace import same_model, shown_name

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from backend.wire.ollama import ModelSummary
    from backend.wire.sessions import MessageView
    from tui.connection import Gateway
    from tui.plain.lines import Lines, Speech

COMMANDS: Final = {
    "/models": "say which models there are",
    "/use MODEL": "chat with another model, by its name or its number in /models",
    "/chats": "say which chats there are",
    "/open NUMBER": "go on with a chat of /chats",
    "/new": "begin a new chat",
    "/running": "say which models are loaded and what they do",
    "/unload MODEL": "unload a model",
    "/stop": "stop the reply, while one is running",
    "/help": "say all this",
    "/quit": "end; the backend goes on",
}
_ALIASES = {"/bye": "/quit", "/exit": "/quit", "/?": "/help", "/ps": "/running", "/list": "/models", "/clear": "/new"}
_CHATS_SHOWN = 20
_TRIES, _TRY_AGAIN_S = 5, 1.0


class PlainChat:
    """One conversation at a time. `run` returns at the end of the input or after `/quit`."""

    def __init__(self, gateway: Gateway, lines: Lines, speech: Speech) -> None:
        self._gateway = gateway
        self._lines = lines
        self._speech = speech
        self._waiting: deque[str] = deque()  # lines that came while a reply was running
        self._ended = False
        self._model = ""
        self._session = ""
        self._turn = 0
        self._chats: list[str] = []
        self._commands: dict[str, Callable[[str], Awaitable[None]]] = {
            "/models": self._say_models,
            "/use": self._use,
            "/chats": self._say_chats,
            "/open": self._open,
            "/new": self._new,
            "/running": self._say_running,
            "/unload": self._unload,
            "/stop": self._nothing_to_stop,
            "/help": self._help,
        }

    async def run(self) -> None:
        """Answer lines until there are no more."""
        models = await self._gateway.tags()
        self._model = models[0].name if models else ""
        ready = (
            f"The chat uses {shown_name(self._model)}. " if self._model else "There is no model yet: puna pull NAME. "
        )
        self._speech.say(f"Connected. {ready}Write a message, or /help.")
        while (line := await self._next()) is not None:
            word, _, rest = line.strip().partition(" ")
            word = _ALIASES.get(word, word)
            if word == "/quit":
                break
            try:
                await self._answer(line) if not word.startswith("/") else await self._command(word, rest.strip())
            except BackendError as error:
                self._speech.say(f"Error: {reason(error)}")

    async def stop(self) -> bool:
        """Stop the reply; whether one was running."""
        if not self._turn:
            return False
        await self._gateway.sessions.cancel(self._turn)
        return True

    async def _next(self) -> str | None:
        if self._waiting:
            return self._waiting.popleft()
        return None if self._ended else await self._lines.get()

    async def _command(self, word: str, rest: str) -> None:
        if word in self._commands:
            await self._commands[word](rest)
            return
        near = get_close_matches(word, [*self._commands, *_ALIASES], n=1, cutoff=0.5)
        self._speech.say(f"There is no command {word}.{f' Did you mean {near[0]}?' if near else ''} /help says all.")

    async def _answer(self, text: str) -> None:
        if not text.strip():
            return
        if not self._model:
            self._speech.say("There is no model yet. End with /quit, then: puna pull NAME.")
            return
        sessions = self._gateway.sessions
        if not self._session:
            self._session = (await sessions.create(NewSession(model=self._model))).id
        self._turn = (await sessions.start(self._session, TurnRequest(content=text))).id
        self._speech.say(f"{shown_name(self._model)} answers:")
        reply = asyncio.create_task(self._follow())
        try:
            await self._listen(reply)
            self._speech.end()
            self._speech.say(ending(await sessions.message(self._session, self._turn)))
        finally:
            reply.cancel()
            self._turn = 0

    async def _listen(self, reply: asyncio.Task[None]) -> None:
        """Let the reply come to its end; meanwhile /stop works, and every other line waits."""
        while not reply.done():
            if self._ended:
                await reply
                return
            line = asyncio.create_task(self._lines.get())
            await asyncio.wait((reply, line), return_when=asyncio.FIRST_COMPLETED)
            if not line.done():
                line.cancel()
                continue
            if (text := line.result()) is None:
                self._ended = True
            elif text.strip() == "/stop":
                await self.stop()
            else:
                self._waiting.append(text)
        await reply

    async def _follow(self) -> None:
        """Write the reply as it comes; a line that breaks is taken up where it broke."""
        position, thought, tries = 0, False, 0
        while True:
            try:
                async with aclosing(self._gateway.sessions.attach(self._turn, position)) as events:
                    async for event in events:
                        tries, position = 0, event.position
                        if event.thinking and not thought:
                            thought = True
                            self._speech.say("It is thinking.")
                        self._speech.piece(event.text)
                        if event.state in ENDED:
                            return
            except ConnectFailed:
                tries += 1
                if tries > _TRIES:
                    raise
                self._speech.say("The line to the backend broke; trying again.")
                await asyncio.sleep(_TRY_AGAIN_S)

    async def _say_models(self, _: str) -> None:
        models = await self._gateway.tags()
        self._speech.say(f"{count(len(models))} models:" if models else "There is no model yet: puna pull NAME.")
        for number, model in enumerate(models, 1):
            used = ", in use" if model.name == self._model else ""
            self._speech.say(f"{number}. {shown_name(model.name)}, {size(model.size)}{used}.")

    async def _use(self, wanted: str) -> None:
        found = _find(await self._gateway.tags(), wanted)
        if found is None:
            self._speech.say("Write /use and a name or a number of /models.")
            return
        self._model = found.name
        if self._session:
            await self._gateway.sessions.change(self._session, SessionChange(model=found.name))
        self._speech.say(f"The chat uses {shown_name(found.name)} now.")

    async def _unload(self, wanted: str) -> None:
        found = _find(await self._gateway.tags(), wanted or self._model)
        if found is None:
            self._speech.say("Write /unload and a name or a number of /models.")
            return
        await self._gateway.unload(found.name)
        self._speech.say(f"{shown_name(found.name)} is unloaded.")

    async def _say_running(self, _: str) -> None:
        async with aclosing(self._gateway.events()) as events:
            snapshot = await anext(events)
        for runner in snapshot.runners:
            at_work = f"{runner.active} of {runner.slots} slots at work" if runner.active else "at rest"
            self._speech.say(f"{shown_name(runner.model)} is {runner.state}, {at_work}, {size(runner.size)}.")
        if not snapshot.runners:
            self._speech.say("No model is loaded.")

    async def _say_chats(self, _: str) -> None:
        listed = await self._gateway.sessions.summaries(limit=_CHATS_SHOWN)
        self._chats = [item.id for item in listed]
        for number, item in enumerate(listed, 1):
            self._speech.say(f"{number}. {item.title or 'without a title'}, {count(item.message_count)} messages.")
        self._speech.say("Write /open and a number." if listed else "There is no chat yet.")

    async def _open(self, wanted: str) -> None:
        if not self._chats:
            self._chats = [item.id for item in await self._gateway.sessions.summaries(limit=_CHATS_SHOWN)]
        if not wanted.isdecimal() or not 1 <= int(wanted) <= len(self._chats):
            self._speech.say("Write /open and a number of /chats.")
            return
        session = await self._gateway.sessions.read(self._chats[int(wanted) - 1])
        self._session = session.id
        self._model = session.model or self._model
        self._speech.say(f"This is {session.title or 'a chat without a title'}, with {shown_name(self._model)}.")
        last = {message.id: message for message in session.messages}.get(session.leaf)
        if last is not None:
            self._speech.say(f"The last message, of {last.role}:\n{last.content}")

    async def _new(self, _: str) -> None:
        self._session = ""
        self._speech.say("A new chat begins.")

    async def _nothing_to_stop(self, _: str) -> None:
        self._speech.say("No reply is running.")

    async def _help(self, _: str) -> None:
        for command, about in COMMANDS.items():
            self._speech.say(f"{command}: {about}.")
        self._speech.say("Everything else is a message to the model.")


def ending(message: MessageView) -> str:
    """How a reply ended, in a sentence."""
    if message.state == "failed":
        return f"The reply failed: {message.error or 'the backend gave no reason'}"
    if message.state == "cancelled":
        return "The reply was stopped."
    if message.state == "interrupted":
        return "The reply was cut off, because the backend ended."
    rate = f", {message.tokens / message.decode_ns * 1e9:.0f} a second" if message.decode_ns else ""
    return f"End of the reply: {count(message.tokens)} tokens{rate}."


def _find(models: list[ModelSummary], wanted: str) -> ModelSummary | None:
    if wanted.isdecimal() and 1 <= int(wanted) <= len(models):
        return models[int(wanted) - 1]
    return next((model for model in models if same_model(model.name, wanted)), None)
