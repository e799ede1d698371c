"""What sessions tell and do beyond talk: tokens with log probabilities, going on with a text, saving, images."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from backend.errors import BadRequest, NotFound
from backend.wire.sessions import NewSession, SessionChange, TurnRequest
from tests.fakes.backend import add_model
from tests.fakes.observed import asked
from tests.http.test_sessions import followed, text

if TYPE_CHECKING:
    from backend.client import Client
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from tests.fakes.wire import Wire

THINKING = {"tokenizer.chat_template": "<think></think>"}
GO_THINKING = (
    "{{ range .Messages }}<{{ .Role }}>{{ if .Thinking }}<think>{{ .Thinking }}</think>{{ end }}{{ .Content }}{{ end }}"
    "<assistant>"
)
GO = "{{ range .Messages }}<{{ .Role }}>{{ .Content }}<end>{{ end }}<assistant>"
PNG = "iVBORw0KGgo="


async def new(client: Client, settings: Settings, template: str = "", top_logprobs: int = 0) -> str:
    add_model(settings, "m", template=template)
    return (await client.sessions.create(NewSession(model="m", top_logprobs=top_logprobs))).id


async def replied(client: Client, session: str, request: TurnRequest) -> int:
    """The id of a reply that is complete."""
    turn = await client.sessions.start(session, request)
    last = (await followed(client, turn.id))[-1]
    assert (last.state, last.error) == ("complete", "")
    return turn.id


@pytest.mark.parametrize("template", ["", GO])
async def test_tokens_are_told_and_stored_with_their_alternatives(
    client: Client, backend: Settings, template: str
) -> None:
    session = await new(client, backend, template)
    reply = await replied(client, session, TurnRequest(content="Say «one two»", top_logprobs=3))
    tokens = await client.sessions.tokens(session, reply)
    assert [(token.token, token.start) for token in tokens] == [("one", 0), (" two", 3)]
    likely, other, half = tokens[1].top_logprobs
    assert math.exp(likely.logprob) == pytest.approx(0.5)
    assert (likely.token, other.token, half.bytes) == (" two", " two?", [0xC3])
    events = [event async for event in client.sessions.attach(reply, logprobs=True)]
    assert [logprob.token for event in events for logprob in event.logprobs] == ["one", " two"]
    assert not any(event.logprobs for event in await followed(client, reply))
    assert (await client.sessions.read(session)).messages[1].has_logprobs


async def test_nobody_pays_for_tokens_that_were_not_asked_for(
    runners: list[RunnerHandle], client: Client, backend: Settings
) -> None:
    session = await new(client, backend)
    reply = await replied(client, session, TurnRequest(content="hi"))
    assert await client.sessions.tokens(session, reply) == []
    assert not (await client.sessions.read(session)).messages[1].has_logprobs
    assert "logprobs" not in (await asked(runners[0]))[0]


async def test_a_session_can_ask_for_every_turn(client: Client, backend: Settings) -> None:
    session = await new(client, backend, top_logprobs=2)
    reply = await replied(client, session, TurnRequest(content="hi"))
    assert len((await client.sessions.tokens(session, reply))[0].top_logprobs) == 2
    without = await replied(client, session, TurnRequest(content="hi", top_logprobs=0))
    assert await client.sessions.tokens(session, without) == []
    assert (await client.sessions.change(session, SessionChange(top_logprobs=0))).top_logprobs == 0


async def test_a_turn_is_followed_with_its_tokens_while_it_runs(client: Client, backend: Settings) -> None:
    session = await new(client, backend)
    turn = await client.sessions.start(session, TurnRequest(content="@hang=2", top_logprobs=1))
    async for event in client.sessions.attach(turn.id, logprobs=True):
        if event.position == 2:
            break
    assert [logprob.token for logprob in event.logprobs][-1] == "t1 "
    await client.sessions.cancel(turn.id)
    assert len(await client.sessions.tokens(session, turn.id)) == 2


async def test_an_edited_reply_has_no_tokens(client: Client, backend: Settings) -> None:
    session = await new(client, backend)
    reply = await replied(client, session, TurnRequest(content="hi", top_logprobs=1))
    await client.sessions.edit(session, reply, "other")
    assert await client.sessions.tokens(session, reply) == []


@pytest.mark.parametrize("template", ["", GO])
async def test_a_reply_goes_on_from_a_given_beginning(
    runners: list[RunnerHandle], client: Client, backend: Settings, template: str
) -> None:
    session = await new(client, backend, template)
    first = await client.sessions.start(session, TurnRequest(content="Count"))
    await followed(client, first.id)
    request = TurnRequest(parent=first.prompt, prefix="zero ", prefix_thinking="hm", top_logprobs=1)
    turn = await client.sessions.start(session, request)
    events = await followed(client, turn.id)
    assert (text(events), events[1].thinking, events[-1].state) == ("zero t0 t1 t2 t3 t4 ", "hm", "complete")
    whole = await client.sessions.read(session)
    reply = whole.messages[-1]
    assert (reply.content, reply.thinking, reply.parent, reply.prefix) == (text(events), "hm", first.prompt, 5)
    assert [token.start for token in await client.sessions.tokens(session, turn.id)] == [5, 8, 11, 14, 17]
    body = (await asked(runners[0]))[-1]
    assert body["messages"][-1]["content"] == "zero " if not template else body["prompt"].endswith("<assistant>zero ")
    assert text(await followed(client, turn.id, 1)) == "t0 t1 t2 t3 t4 "


@pytest.mark.parametrize(("template", "metadata"), [(GO_THINKING, {}), ("", THINKING)])
async def test_a_reply_goes_on_behind_what_was_thought(
    runners: list[RunnerHandle], client: Client, backend: Settings, template: str, metadata: dict[str, object]
) -> None:
    add_model(backend, "m", template=template, metadata=metadata)
    session = (await client.sessions.create(NewSession(model="m"))).id
    request = TurnRequest(content="Count", prefix="zero ", prefix_thinking="hm", top_logprobs=1)
    turn = await client.sessions.start(session, request)
    events = await followed(client, turn.id)
    assert (text(events), "".join(event.thinking for event in events)) == ("zero t0 t1 t2 t3 t4 ", "hm")
    assert [token.start for token in await client.sessions.tokens(session, turn.id)] == [5, 8, 11, 14, 17]
    (body,) = await asked(runners[0])
    assert body["path"] == "/completion"
    assert body["prompt"].endswith("<assistant><think>\nhm\n</think>\n\nzero ")


async def test_what_no_template_leaves_open_is_refused(client: Client, backend: Settings) -> None:
    session = await new(client, backend)
    turn = await client.sessions.start(session, TurnRequest(content="Count @closed", prefix="zero "))
    last = (await followed(client, turn.id))[-1]
    assert last.state == "failed"
    assert last.error.startswith('the template of "m" ends or changes the reply')
    assert (await client.sessions.read(session)).messages[1].content == "zero "


async def test_a_session_is_saved_as_a_model(client: Client, backend: Settings) -> None:
    session = await new(client, backend)
    await client.sessions.change(session, SessionChange(system="be brief", options={"temperature": 0.5}))
    asked_of = await replied(client, session, TurnRequest(content="Say «yes»"))
    await replied(client, session, TurnRequest(content="elsewhere", parent=0))
    await client.sessions.change(session, SessionChange(leaf=asked_of))
    await client.sessions.save(session, "mine")
    shown = await client.show("mine")
    assert shown.system == "be brief"
    assert [(message.role, message.content) for message in shown.messages] == [
        ("user", "Say «yes»"),
        ("assistant", "yes"),
    ]
    assert "temperature" in shown.parameters
    with pytest.raises(BadRequest):
        await client.sessions.save(session, "no name")
    await client.sessions.change(session, SessionChange(model=""))
    with pytest.raises(BadRequest, match="no model to make another of"):
        await client.sessions.save(session, "mine")
    await client.sessions.change(session, SessionChange(model="gone"))
    with pytest.raises(NotFound, match="'gone' not found"):
        await client.sessions.save(session, "mine")


async def test_an_image_of_a_message_is_a_file(client: Client, backend: Settings, wire: Wire) -> None:
    session = await new(client, backend)
    turn = await client.sessions.start(session, TurnRequest(content="Look", images=["AAAA", PNG]))
    await client.sessions.cancel(turn.id)
    assert await client.sessions.image(session, turn.prompt, 0) == b"\0\0\0"
    answer = await wire.get(f"/puna/v1/sessions/{session}/messages/{turn.prompt}/images/1")
    assert (answer.body[:4], answer.headers["Content-Type"]) == (b"\x89PNG", "image/png")
    with pytest.raises(NotFound, match=r"no image 2 of message"):
        await client.sessions.image(session, turn.prompt, 2)


@pytest.mark.parametrize(
    ("method", "path", "body", "refusal"),
    [
        ("POST", "/puna/v1/sessions/none/save", b'{"model":"x"}', (404, "no session 'none'")),
        ("GET", "/puna/v1/sessions/none/messages/1/tokens", b"", (404, "no message 1 in session 'none'")),
        (
            "GET",
            "/puna/v1/sessions/none/messages/1/images/x",
            b"",
            (400, "the image's number must be a whole number from 0"),
        ),
        ("GET", "/puna/v1/turns/5/stream?logprobs=1", b"", (400, "logprobs must be true or false")),
    ],
)
async def test_what_cannot_be_served_is_refused(
    wire: Wire, method: str, path: str, body: bytes, refusal: tuple[int, str]
) -> None:
    assert (await wire.send(method, path, body)).refusal == refusal


async def test_bounds_of_a_turn(client: Client, backend: Settings) -> None:
    session = await new(client, backend)
    with pytest.raises(BadRequest, match="top_logprobs"):
        await client.sessions.start(session, TurnRequest(content="x", top_logprobs=21))
    with pytest.raises(BadRequest, match="thinking alone cannot be continued"):
        await client.sessions.start(session, TurnRequest(content="x", prefix_thinking="hm"))
