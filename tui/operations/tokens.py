"""What the user can have done to the tokens of a reply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.wire.sessions import SessionChange

if TYPE_CHECKING:
    from backend.wire.sessions import MessageView
    from tui.app import PunaApp
    from tui.screens.tokens import Beginning, Tokens

ALTERNATIVES = 10
_ASK = (
    "The probabilities of this reply were not kept.\n\n"
    "Ask again with them? The new reply becomes another branch, and this chat keeps them from now on, which costs the "
    "engine a little with each token; {keep} changes that at any time."
)


class TokenOperations:
    """Over a reply of the chat that is shown. `screen` is the view of its tokens while that is open."""

    def __init__(self, app: PunaApp) -> None:
        self._app = app
        self.screen: Tokens | None = None

    def reply(self) -> MessageView | None:
        """The reply that is selected in the transcript, else the last one that has ended."""
        conversation = self._app.workspace.chat.conversation
        block = self._app.panes.chat.transcript.chosen
        chosen = conversation.message(block.message) if block is not None else None
        branch = conversation.branch() if chosen is None else [chosen]
        return next((each for each in reversed(branch) if each.role == "assistant" and each.state != "running"), None)

    @property
    def kept(self) -> bool:
        """Whether the replies of the chat that is shown come with probabilities."""
        session = self._app.workspace.chat.session
        return session is not None and session.top_logprobs > 0

    def open(self) -> None:
        """Show the tokens of the reply, or offer to ask again for one that has them."""
        from tui.screens.confirm import Confirm

        reply = self.reply()
        if reply is None:
            return
        if reply.has_logprobs:
            self._app.work.start(self._open(self._app.workspace.chat.id, reply), group="tokens")
            return

        def decided(yes: bool | None) -> None:
            if yes:
                self._app.work.start(self._ask_again(reply))

        self._app.push_screen(
            Confirm("No probabilities", _ASK.format(keep=self._app.keys.name("tokens.keep"))), decided
        )

    def keep(self) -> None:
        """Keep the probabilities of the chat's replies from now on, or keep them no more."""
        self._app.work.start(self._keep(0 if self.kept else ALTERNATIVES))

    async def _keep(self, alternatives: int) -> None:
        chat = self._app.workspace.chat
        change = SessionChange(top_logprobs=alternatives)
        chat.describe(await self._app.connection.gateway.sessions.change(chat.id, change))
        show = self._app.keys.name("tokens.open")
        end = f"{show} shows {alternatives} alternatives at each token" if alternatives else "no more"
        self._app.say(f"probabilities of this chat's replies are kept: {end}" if alternatives else f"kept {end}")

    async def _ask_again(self, reply: MessageView) -> None:
        await self._keep(ALTERNATIVES)
        if reason := self._app.turns.refusal():
            self._app.say(reason)
        else:
            self._app.turns.answer(reply.parent)

    async def _open(self, session: str, reply: MessageView) -> None:
        from tui.screens.tokens import Tokens

        sessions = self._app.connection.gateway.sessions
        tokens = await sessions.tokens(session, reply.id)
        reply = await sessions.message(session, reply.id)

        def closed(beginning: Beginning | None) -> None:
            self.screen = None
            if beginning is not None:
                self._go_on(reply, beginning)

        self.screen = Tokens(reply, tokens, self._app.keys)
        self._app.push_screen(self.screen, closed)

    def _go_on(self, reply: MessageView, beginning: Beginning) -> None:
        if reason := self._app.turns.refusal():
            self._app.say(reason)
            return
        self._app.turns.answer(
            reply.parent, prefix=beginning.text, prefix_thinking=reply.thinking, top_logprobs=ALTERNATIVES
        )
