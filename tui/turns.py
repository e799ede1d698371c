"""Turns of the open chats: a message goes to the backend, its reply streams into the transcript.

The backend generates whether or not anyone follows; here a reply is followed from the piece that came last, again and
again until its end. Text is gathered as it comes and shown on a clock, never per token: a fast model must not make the
terminal busy.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from backend.errors import BackendError, ConnectFailed, NotFound
from backend.wire.sessions import MessageView, TurnRequest
from tui.actions.action import no_model
from tui.advice import explain
from tui.chats import blocks
from tui.chats.chat import Reply
from tui.chats.line import Line
from tui.chats.sending import begin
from tui.connection import Link
from tui.quantity import count, percent
from tui.transcript.block import Block, Kind, Role
from tui.workspace import shown_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend.wire.sessions import TurnEvent
    from tui.app import PunaApp
    from tui.chats.chat import Chat
    from tui.workspace import Workspace


class Turns:
    """Sends, follows and stops. Each open chat has at most one reply that is followed."""

    def __init__(self, app: PunaApp) -> None:
        self._app = app
        self._line = Line(lambda: app.connection)

    @property
    def running(self) -> bool:
        """Whether a reply is on its way in the chat that is shown."""
        return self._app.workspace.chat.reply is not None

    def refusal(self) -> str | None:
        """Why nothing can be sent now."""
        space = self._app.workspace
        if self.running:
            return f"a reply is running; {self._app.keys.name('app.back')} stops it"
        if space.link is not Link.UP:
            return "the backend is not connected; the message stays here"
        return None if space.model else no_model(self._app)

    def send(self, text: str, images: Sequence[str] = (), parent: int | None = None) -> None:
        """Add the user's message and stream the reply. Only when `refusal` has nothing to say.

        `images` are base64. `parent` is the message before it: the last one unless told, 0 for none.
        """
        chat = self._app.workspace.chat
        asked = blocks.said("user")
        asked.append(Kind.TEXT, text)
        if images:
            asked.append(Kind.NOTE, f"\n{blocks.images(len(images))}")
        parent = chat.conversation.leaf if parent is None else parent
        self._ask(chat, TurnRequest(content=text, images=list(images), parent=parent), asked)

    def answer(self, prompt: int, **fields: Any) -> None:
        """Stream one more reply to a message of the chat. Only when `refusal` has nothing to say.

        `fields` are further ones of its `TurnRequest`.
        """
        self._ask(self._app.workspace.chat, TurnRequest(parent=prompt, **fields), None)

    def follow(self, chat: Chat, message: MessageView, block: Block) -> None:
        """Stream a reply that runs in the backend into its block, which is empty."""
        reply = chat.reply = Reply(block, message.model, turn=message.id)
        self._start(chat, reply, None)

    def leave(self, chat: Chat) -> None:
        """Follow no more; the reply goes on in the backend."""
        reply, chat.reply = chat.reply, None
        if reply is not None and reply.worker is not None:
            reply.worker.cancel()

    def stop(self) -> None:
        """Stop the reply of the chat that is shown; what has arrived stays."""
        reply = self._app.workspace.chat.reply
        if reply is not None and not reply.stopping:
            reply.stopping = True
            if reply.turn:
                self._app.work.start(self._cancel(reply))

    def line_came_up(self) -> None:
        """The backend is there again: whoever waits for it goes on."""
        self._line.came_up()

    def show_progress(self) -> None:
        """The backend's state changed: say what the reply waits for, and what it has used so far."""
        space = self._app.workspace
        reply = space.chat.reply
        if reply is None:
            return
        request = space.request(reply.model)
        if request is not None and request.tokens:
            space.usage.context = request.prompt_tokens + request.tokens
            space.usage.rate = request.tokens_per_second
        if not reply.begun and reply.block.set_status(waiting(space, reply.model)):
            self._app.panes.chat.transcript.changed(reply.block)

    def _ask(self, chat: Chat, request: TurnRequest, asked: Block | None) -> None:
        space, transcript = self._app.workspace, self._app.panes.chat.transcript
        self._app.panes.chat.forget_hint()
        end = chat.conversation.leaf
        if request.parent is not None and request.parent != end:
            self._app.chats.end_at(chat, request.parent)
        block = Block(Role.MODEL, shown_name(space.model))
        block.set_status(waiting(space, space.model))
        place = chat.conversation.answers(request.parent or 0) + 1
        for new in (asked, block):
            if new is not None:
                new.siblings, place = (place, place), 1
                chat.blocks.append(new)
                transcript.add(new)
        transcript.follow()
        request.keep_alive, request.format = space.parameters.own_keep_alive, space.parameters.format
        reply = chat.reply = Reply(block, space.model, asked=asked, end_before=end)
        self._start(chat, reply, request)
        self._app.show_state()

    def _start(self, chat: Chat, reply: Reply, request: TurnRequest | None) -> None:
        reply.block.open = True
        reply.worker = self._app.run_worker(self._life(chat, reply, request), group="turn")

    async def _life(self, chat: Chat, reply: Reply, request: TurnRequest | None) -> None:
        clock = self._app.set_interval(self._app.pace.flush_s, lambda: self._flush(chat, reply))
        end: MessageView | BackendError | None
        try:
            if request is not None:
                await begin(self._app, self._line, chat, reply, request)
            end = await self._followed(chat, reply)
        except BackendError as error:
            end = error
        finally:
            clock.stop()
        if chat.reply is not reply:
            return
        if end is None:
            chat.reply = None
            self._app.chats.reload(chat)
        else:
            self._finish(chat, reply, end, request)

    async def _followed(self, chat: Chat, reply: Reply) -> MessageView | None:
        """The reply's message when it has ended. Raises a `BackendError` if it is no longer there.

        `None` if the backend has less of it than came here: it was killed before it had stored the last moment.
        """
        attempt = 0
        while True:
            try:
                async with aclosing(self._app.connection.gateway.sessions.attach(reply.turn, reply.position)) as events:
                    async for event in events:
                        attempt = 0
                        if event.position < reply.position:
                            return None
                        if event.state not in ("", "running"):
                            return await self._app.connection.gateway.sessions.message(chat.id, reply.turn)
                        self._take(reply, event)
            except ConnectFailed:
                await self._line.up(attempt)
                attempt += 1

    def _take(self, reply: Reply, event: TurnEvent) -> None:
        if event.thinking:
            reply.pending.append((Kind.THINKING, event.thinking))
        if event.text:
            reply.pending.append((Kind.TEXT, event.text))
        reply.position = event.position

    def _flush(self, chat: Chat, reply: Reply) -> None:
        if not reply.pending or chat.reply is not reply:
            return
        reply.begun = True
        reply.block.set_status("")
        for kind, text in reply.pending:
            reply.block.append(kind, text)
        reply.pending.clear()
        self._show(chat, reply.block)

    def _finish(self, chat: Chat, reply: Reply, end: MessageView | BackendError, request: TurnRequest | None) -> None:
        for kind, text in reply.pending:
            reply.block.append(kind, text)
        reply.block.set_status("")
        reply.block.open = False
        chat.reply = None
        if isinstance(end, BackendError) and request is not None and not reply.turn:
            self._refused(chat, reply, request, end)
        elif isinstance(end, BackendError):
            reply.block.append(Kind.ERROR, explain(end, self._app.keys))
            self._show(chat, reply.block)
        else:
            chat.conversation.put(end)
            blocks.finish(reply.block, end, self._app.keys)
            if chat is self._app.workspace.chat:
                self._app.workspace.usage.take(end)
            self._show(chat, reply.block)
            self._fill_the_view(chat)
        self._app.show_state()

    def _fill_the_view(self, chat: Chat) -> None:
        """While text streams the view moves by half a page; at the end nothing below it need stay empty."""
        transcript = self._app.panes.chat.transcript
        if chat is self._app.workspace.chat and transcript.following:
            transcript.follow()

    def _refused(self, chat: Chat, reply: Reply, request: TurnRequest, error: BackendError) -> None:
        """The backend did not take the message. What a branch would have hidden is shown again."""
        given_back = self._give_back(chat, request)
        if reply.end_before != request.parent:
            self._app.chats.end_at(chat, reply.end_before)
            self._app.say(explain(error, self._app.keys), error=True)
            return
        reply.block.append(Kind.ERROR, explain(error, self._app.keys))
        if given_back:
            reply.block.append(Kind.NOTE, "Your message is back in the prompt: Enter sends it again.")
        self._show(chat, reply.block)

    def _give_back(self, chat: Chat, request: TurnRequest) -> bool:
        """The backend did not take a message: put it back to where it was written, if that is free."""
        text, prompt = self._app.writing.as_written(request.content or ""), self._app.panes.chat.prompt
        if chat is not self._app.workspace.chat:
            chat.draft = chat.draft or text
        elif text and not prompt.text:
            prompt.put(text)
            return True
        return False

    def _show(self, chat: Chat, block: Block) -> None:
        """The block has changed: repaint it, or mark its chat."""
        if chat is self._app.workspace.chat:
            self._app.panes.chat.transcript.changed(block)
        elif not chat.has_news:
            chat.has_news = True
            self._app.show_state()

    async def _cancel(self, reply: Reply) -> None:
        try:
            await self._app.connection.gateway.sessions.cancel(reply.turn)
        except NotFound:
            return  # it has just ended
        except BackendError:
            reply.stopping = False  # so that it can be tried again
            raise


def waiting(space: Workspace, model: str) -> str:
    """What a reply waits for, as far as the backend's state tells."""
    runner, request = space.runner(model), space.request(model)
    if runner is None or runner.state in ("starting", "loading"):
        progress = f" {percent(runner.progress)}" if runner is not None and runner.progress else ""
        return f"loading {shown_name(model)} …{progress}"
    if request is None:
        return "…"
    if request.state == "queued":
        return "waiting for a free slot …"
    tokens = f" {count(request.prompt_tokens)} tokens" if request.prompt_tokens else ""
    return f"reading the prompt …{tokens}" if request.state == "prefill" else "…"
