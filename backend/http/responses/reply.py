"""From the parts of a generation to a response and to the events of its stream (the specification's section B.6)."""

from __future__ import annotations

import secrets
import time
from itertools import count
from typing import TYPE_CHECKING

import msgspec

from backend.http.reply import printable
from backend.http.responses.request import TEMPERATURE
from backend.http.responses.tools import offered
from backend.http.sse import frame
from backend.inference.pieces import Done, Piece
from backend.wire import responses as wire

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend.errors import BackendError
    from backend.inference.pieces import Part
    from backend.wire.ollama import ToolCall

_TEXT = {"format": {"type": "text"}}
_REASONING = {"effort": None, "summary": None}
_IDS = 10**15


class ResponseBuilder:
    """Feed it the parts as they come: it returns the events that tell them, and `response` is whole after the last.

    Reasoning is over when text or a call begins; what is thought after that is left out.
    """

    def __init__(self, body: wire.ResponsesRequest) -> None:
        self.response = _empty(body)
        self._tools = {tool.name: tool for tool in offered(body)}
        self._numbers = count()
        self._open: wire.OutputReasoning | wire.OutputMessage | None = None
        self._said: list[str] = []

    def begin(self) -> bytes:
        """The frames that come before all others."""
        now = msgspec.structs.replace(self.response, output=[])
        return self._frames([wire.Created(response=now), wire.InProgress(response=now)])

    def take(self, part: Part) -> bytes:
        """The frames that tell a part; none for reasoning that comes too late."""
        match part:
            case Piece():
                return self._frames(self._piece(part))
            case Done():
                return self._frames(self._end(part))
        raise RuntimeError("a look at a prompt is no response")

    def fail(self, error: BackendError) -> bytes:
        """The frames of a stream that an error ends, as OpenAI's own server tells it; Ollama just ends the stream."""
        self.response.status = "failed"
        self.response.error = wire.Failure(code="server_error", message=printable(error.message))
        return self._frames([wire.Failed(response=self.response)])

    def _frames(self, events: Iterable[wire.Numbered]) -> bytes:
        frames = []
        for event in events:
            event.sequence_number = next(self._numbers)
            frames.append(frame(event, str(event.__struct_config__.tag)))
        return b"".join(frames)

    def _piece(self, piece: Piece) -> list[wire.Numbered]:
        events: list[wire.Numbered] = []
        index = len(self.response.output)
        thinks = isinstance(self._open, wire.OutputReasoning)
        if piece.thinking and (thinks or not (self._open or index)):
            if self._open is None:
                self._open = wire.OutputReasoning(id=_id("rs"), summary=[], encrypted_content="")
                events.append(wire.ItemAdded(output_index=index, item=self._open))
            events.append(wire.SummaryDelta(item_id=self._open.id, output_index=index, delta=piece.thinking))
            self._said.append(piece.thinking)
        if piece.text:
            events += self._text(piece.text)
        return events

    def _text(self, text: str) -> list[wire.Numbered]:
        events: list[wire.Numbered] = []
        if not isinstance(self._open, wire.OutputMessage):
            events += self._close()
            index = len(self.response.output)
            self._open = wire.OutputMessage(id=_id("msg"), status="in_progress", content=[])
            added = wire.PartAdded(item_id=self._open.id, output_index=index, part=wire.OutputText(text=""))
            events += [wire.ItemAdded(output_index=index, item=msgspec.structs.replace(self._open)), added]
        self._said.append(text)
        return [*events, wire.TextDelta(item_id=self._open.id, output_index=len(self.response.output), delta=text)]

    def _end(self, done: Done) -> list[wire.Numbered]:
        cut = done.reason == "length"
        status = "incomplete" if cut else "completed"
        events = self._close(status)
        if not (done.tool_calls or any(isinstance(item, wire.OutputMessage) for item in self.response.output)):
            events += [*self._text(""), *self._close(status)]  # every reply has a message or a call
        for call in done.tool_calls:
            events += self._call(call)
        self.response.status = status
        self.response.incomplete_details = wire.Incomplete(reason="max_output_tokens") if cut else None
        self.response.completed_at = int(time.time())
        self.response.usage = wire.Usage(
            input_tokens=done.prompt_tokens,
            output_tokens=done.tokens,
            total_tokens=done.prompt_tokens + done.tokens,
        )
        return [*events, wire.Completed(response=self.response)]

    def _close(self, status: str = "completed") -> list[wire.Numbered]:
        """End the item that is open."""
        item, said = self._open, "".join(self._said)
        self._open = None
        self._said.clear()
        if item is None:
            return []
        index = len(self.response.output)
        self.response.output.append(item)
        if isinstance(item, wire.OutputReasoning):
            item.summary, item.encrypted_content = [wire.SummaryText(text=said)], said
            done: list[wire.Numbered] = [wire.SummaryDone(item_id=item.id, output_index=index, text=said)]
        else:
            item.content, item.status = [wire.OutputText(text=said)], status
            part = wire.PartDone(item_id=item.id, output_index=index, part=item.content[0])
            done = [wire.TextDone(item_id=item.id, output_index=index, text=said), part]
        return [*done, wire.ItemDone(output_index=index, item=item)]

    def _call(self, call: ToolCall) -> list[wire.Numbered]:
        """A call as an item of its own: its arguments come whole in one delta."""
        index = len(self.response.output)
        written = msgspec.json.encode(call.function.arguments).decode()
        tool = self._tools.get(call.function.name)
        item = wire.OutputCall(
            id=_id("fc"),
            status="completed",
            call_id=call.id,
            name=tool.function.name if tool else call.function.name,
            namespace=tool.namespace if tool and tool.namespace else msgspec.UNSET,
            arguments=written,
        )
        self.response.output.append(item)
        begun = msgspec.structs.replace(item, status="in_progress", arguments="")
        return [
            wire.ItemAdded(output_index=index, item=begun),
            wire.ArgumentsDelta(item_id=item.id, output_index=index, delta=written),
            wire.ArgumentsDone(item_id=item.id, output_index=index, name=item.name, arguments=written),
            wire.ItemDone(output_index=index, item=item),
        ]


def _empty(body: wire.ResponsesRequest) -> wire.Response:
    """The response before anything was said: what the request asked for."""
    return wire.Response(
        id=_id("resp"),
        created_at=int(time.time()),
        model=body.model,
        instructions=body.instructions or None,
        tools=body.tools,
        tool_choice="auto" if body.tool_choice is None else body.tool_choice,
        truncation=body.truncation,
        text=_TEXT | (body.text or {}),
        top_p=1.0 if body.top_p is None else body.top_p,
        temperature=TEMPERATURE if body.temperature is None else body.temperature,
        reasoning=_REASONING | (body.reasoning or {}),
        max_output_tokens=body.max_output_tokens,
        background=body.background,
    )


def _id(prefix: str) -> str:
    """New each time: clients put the events of a reply together by it."""
    return f"{prefix}_{secrets.randbelow(_IDS)}"
