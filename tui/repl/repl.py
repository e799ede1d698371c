"""The REPL of `puna run MODEL`: read, run or ask, and again (the specification's section J)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.errors import BackendError
from tui.prompt.attachments import AttachmentError, expand, mentions
from tui.prompt.blocks import unwrapped
from tui.prompt.limit import LIMIT
from tui.quantity import size
from tui.repl.commands import ENDINGS
from tui.repl.texts import HOW_TO_LEAVE
from tui.slash.line import as_text, head_and_rest, is_command

if TYPE_CHECKING:
    from tui.prompt.attachments import Expanded
    from tui.repl.chat import Chat
    from tui.repl.commands import Commands
    from tui.repl.reader import Reader
    from tui.repl.reply import Replies
    from tui.repl.screen import Screen
    from tui.repl.work import Work


class Repl:
    """Everything that the user does goes on in `work`, so that Ctrl-C stops it and nothing else."""

    def __init__(self, chat: Chat, screen: Screen, reader: Reader, work: Work) -> None:
        self._chat = chat
        self._screen = screen
        self._reader = reader
        self._work = work
        self._begun = ""

    async def run(self, commands: Commands, replies: Replies) -> None:
        """Until the user leaves. What the backend refuses is said, and a message that it refused is in the prompt."""
        while True:
            begun, self._begun = self._begun, ""
            try:
                text = await self._reader.read(begun)
            except EOFError:
                return
            except KeyboardInterrupt:
                self._screen.say(HOW_TO_LEAVE)
                continue
            if is_command(text) and not self._names_a_file(text):
                if head_and_rest(text)[0] in ENDINGS:
                    return
                await self._run(commands, text)
            elif unwrapped(text).strip():
                await self._ask(replies, text)

    async def _run(self, commands: Commands, line: str) -> None:
        try:
            await self._work.run(commands.run(line))
        except BackendError as error:
            self._screen.say(f"error: {error}")

    async def _ask(self, replies: Replies, text: str) -> None:
        try:
            message = self._expanded(text)
            await self._work.run(replies.answer(message.text, message.images))
        except (AttachmentError, BackendError) as error:
            self._screen.say(f"error: {error}\n")
            self._begun = text

    def _expanded(self, text: str) -> Expanded:
        """The message with its files, which are announced. Raises `AttachmentError`."""
        if len(text) > LIMIT:
            raise AttachmentError(f"a message holds at most {size(LIMIT)} characters")
        content, can_see = as_text(unwrapped(text)), self._chat.parameters.can_see
        files = [file for file in mentions(content) if can_see or not file.image]
        message = expand(content, files, can_see=can_see)
        for file in files:
            self._screen.say(f"Added {'image' if file.image else 'file'} '{file.path}'")
        return message

    def _names_a_file(self, text: str) -> bool:
        return self._chat.parameters.can_see and any(file.image and file.start == 0 for file in mentions(text))
