"""A real model's probabilities, and going on from a token with another one."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from backend.wire.sessions import MessageToken, NewSession, TurnRequest
from tests.e2e.conftest import MODEL

if TYPE_CHECKING:
    from backend.client import Client

OPTIONS = {"temperature": 0, "num_predict": 12, "num_ctx": 512}


async def test_a_reply_is_told_token_by_token_and_goes_on_from_any(real: Client) -> None:
    session = (await real.sessions.create(NewSession(model=MODEL, options=OPTIONS, top_logprobs=5))).id
    async with asyncio.timeout(60):
        turn = await real.sessions.start(session, TurnRequest(content="Write a sentence about foxes 🦊."))
        content, tokens = await read(real, session, turn.id)
        assert "".join(token.token for token in tokens) == content
        for token in tokens:
            assert content[token.start :].startswith(token.token)
            chances = [math.exp(other.logprob) for other in token.top_logprobs]
            assert len(chances) == 5
            assert sum(chances) <= 1.0001
            likeliest = token.top_logprobs[0]  # of a character that several tokens make, it is the last part alone
            assert token.logprob == likeliest.logprob == max(other.logprob for other in token.top_logprobs)
            assert bytes(token.bytes).endswith(bytes(likeliest.bytes))
        place = len(tokens) // 2
        other = tokens[place].top_logprobs[1].token
        kept = content[: tokens[place].start] + other
        again = await real.sessions.start(session, TurnRequest(parent=turn.prompt, prefix=kept))
        changed, new = await read(real, session, again.id)
    assert changed.startswith(kept)
    assert len(changed) > len(kept)
    assert new[0].start == len(kept)
    await real.sessions.delete(session)


async def read(real: Client, session: str, turn: int) -> tuple[str, list[MessageToken]]:
    """A reply as soon as it is complete."""
    events = [event async for event in real.sessions.attach(turn)]
    assert (events[-1].state, events[-1].error) == ("complete", "")
    whole = await real.sessions.read(session)
    (message,) = [message for message in whole.messages if message.id == turn]
    return message.content, await real.sessions.tokens(session, turn)
