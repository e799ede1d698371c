"""Turns of the chat: a message goes to the backend, its reply streams into the transcript.

Text is gathered as it comes and shown on a clock, never per token: a fast model must not make the terminal busy.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend.errors import BackendError
from backend.wire.ollama import ChatRequest, ChatResponse, Message
from tui.advice import explain
from tui.connection import Link
from tui.quantity import count, percent, rate
from tui.transcript.block import Block, Kind, Role
from tui.workspace import shown_name

if TYPE_CHECKING:
    from textual.worker import Worker

    from tui.app import PunaApp
    from tui.workspace import Workspace

FLUSH_S = 0.05


@dataclass(slots=True)
class _Turn:
    """One reply under way. `pending` arrived and is not shown yet; the texts are as the model wrote them."""

    block: Block
    question: Message
    pending: list[tuple[Kind, str]] = field(default_factory=list)
    content: str = ""
    begun: bool = False


class Turns:
    """Owns the conversation of this run of the app and the one reply that may be running."""

    def __init__(self, app: PunaApp) -> None:
        self._app = app
        self.messages: list[Message] = []
        self._turn: _Turn | None = None
        self._worker: Worker[None] | None = None

    @property
    def running(self) -> bool:
        """Whether a reply is on its way."""
        return self._turn is not None

    def refusal(self) -> str | None:
        """Why nothing can be sent now."""
        space = self._app.workspace
        if self.running:
            return "a reply is running; Escape stops it"
        if space.link is not Link.UP:
            return "the backend is not connected; the message stays here"
        return None if space.model else "there is no model yet; F6 gets one"

    def send(self, text: str) -> None:
        """Add the user's message and stream the reply. Only when `refusal` has nothing to say."""
        space, chat = self._app.workspace, self._app.panes.chat
        question = Message(role="user", content=text)
        chat.forget_hint()
        asked = Block(Role.USER, "you")
        asked.append(Kind.TEXT, text)
        chat.transcript.add(asked)
        block = Block(Role.MODEL, shown_name(space.model), open=True)
        block.set_status(waiting(space))
        chat.transcript.add(block)
        chat.transcript.follow()
        self._turn = turn = _Turn(block, question)
        self._worker = self._app.run_worker(self._reply(turn, self._request(question)), group="turn", exclusive=True)
        self._app.show_state()

    def stop(self) -> None:
        """Stop the reply; what has arrived stays."""
        if self._worker is not None:
            self._worker.cancel()

    def new_chat(self) -> None:
        """Begin with an empty conversation."""
        self.stop()
        self._turn = None
        self.messages.clear()
        self._app.workspace.usage.context = 0
        self._app.panes.chat.transcript.clear()
        self._app.greet()

    def show_progress(self) -> None:
        """The backend's state changed: say what the reply waits for, and what it has used so far."""
        turn, space = self._turn, self._app.workspace
        request = space.request(space.model) if turn is not None else None
        if request is not None and request.tokens:
            space.usage.context = request.prompt_tokens + request.tokens
            space.usage.rate = request.tokens_per_second
        if turn is not None and not turn.begun and turn.block.set_status(waiting(space)):
            self._app.panes.chat.transcript.changed(turn.block)

    def _request(self, question: Message) -> ChatRequest:
        parameters = self._app.workspace.parameters
        system = [Message(role="system", content=parameters.system)] if parameters.system else []
        return ChatRequest(
            model=self._app.workspace.model,
            messages=[*system, *self.messages, question],
            options=parameters.options(),
            keep_alive=parameters.own_keep_alive,
            think=parameters.think,
        )

    async def _reply(self, turn: _Turn, request: ChatRequest) -> None:
        clock = self._app.panes.chat.set_interval(FLUSH_S, lambda: self._flush(turn))
        last: ChatResponse | None = None
        error: BackendError | None = None
        stopped = False
        try:
            async for chunk in self._app.connection.gateway.chat(request):
                self._take(turn, chunk)
                last = chunk
        except BackendError as failure:
            error = failure
        except asyncio.CancelledError:
            stopped = True
            raise
        finally:
            clock.stop()
            if turn is self._turn:
                self._turn = None
                self._finish(turn, last, error, stopped=stopped)

    def _take(self, turn: _Turn, chunk: ChatResponse) -> None:
        if chunk.message.thinking:
            turn.pending.append((Kind.THINKING, chunk.message.thinking))
        if chunk.message.content:
            turn.pending.append((Kind.TEXT, chunk.message.content))
            turn.content += chunk.message.content

    def _flush(self, turn: _Turn) -> None:
        if not turn.pending or turn is not self._turn:
            return
        turn.begun = True
        turn.block.set_status("")
        for kind, text in turn.pending:
            turn.block.append(kind, text)
        turn.pending.clear()
        self._app.panes.chat.transcript.changed(turn.block)

    def _finish(self, turn: _Turn, last: ChatResponse | None, error: BackendError | None, *, stopped: bool) -> None:
        for kind, text in turn.pending:
            turn.block.append(kind, text)
        turn.pending.clear()
        turn.block.set_status("")
        turn.block.open = False
        if error is not None:
            turn.block.append(Kind.ERROR, explain(error))
        elif stopped:
            turn.block.append(Kind.NOTE, "■ stopped")
        elif last is not None:
            turn.block.append(Kind.NOTE, summary(last))
            self._count(last)
        self._remember(turn, answered=last is not None and last.done)
        if self._app.is_running:
            self._app.panes.chat.transcript.changed(turn.block)
            self._app.show_state()

    def _remember(self, turn: _Turn, *, answered: bool) -> None:
        """A question goes into the conversation with its reply, since templates want them in turn.

        One that failed or was stopped before any reply goes back into the prompt, so that Enter asks again.
        """
        if turn.content:
            self.messages += (turn.question, Message(role="assistant", content=turn.content))
        elif not answered and not self._app.panes.chat.prompt.text:
            apart = "\n" if turn.block.parts and turn.block.parts[-1].kind is Kind.NOTE else ""
            turn.block.append(Kind.NOTE, f"{apart}Your message is back in the prompt: Enter sends it again.")
            self._app.panes.chat.prompt.put(turn.question.content)

    def _count(self, last: ChatResponse) -> None:
        usage = self._app.workspace.usage
        usage.context = last.prompt_eval_count + last.eval_count
        if last.eval_duration:
            usage.rate = last.eval_count / last.eval_duration * 1e9


def waiting(space: Workspace) -> str:
    """What a reply waits for, as far as the backend's state tells."""
    runner, request = space.runner(space.model), space.request(space.model)
    if runner is None or runner.state in ("starting", "loading"):
        progress = f" {percent(runner.progress)}" if runner is not None and runner.progress else ""
        return f"loading {shown_name(space.model)} …{progress}"
    if request is None:
        return "…"
    if request.state == "queued":
        return "waiting for a free slot …"
    tokens = f" {count(request.prompt_tokens)} tokens" if request.prompt_tokens else ""
    return f"reading the prompt …{tokens}" if request.state == "prefill" else "…"


def summary(last: ChatResponse) -> str:
    """The line under a reply: tokens, rate, and why it ended if not by itself."""
    parts = [f"{count(last.eval_count)} tokens"] if last.eval_count else []
    if last.eval_duration and last.eval_count:
        parts.append(rate(last.eval_count / last.eval_duration * 1e9))
    if last.total_duration:
        parts.append(f"{last.total_duration / 1e9:.1f} s")
    if last.done_reason == "length":
        parts.append("cut: num_predict or the context is used up")
    elif not last.done:
        parts.append("the backend ended the reply early")
    return " · ".join(parts)
