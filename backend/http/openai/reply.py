"""What the replies of chat and completions share."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from backend.wire.openai import Usage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend.inference.pieces import Done

FINGERPRINT = "fp_ollama"
_ID_BYTES = 12


@dataclass(frozen=True, slots=True)
class Heading:
    """What a reply and all its chunks begin with."""

    id: str
    object: str
    model: str
    created: int = field(default_factory=lambda: int(time.time()))

    @classmethod
    def make(cls, prefix: str, kind: str, model: str) -> Heading:
        """With an id of its own: clients put the chunks of a reply together by it."""
        return cls(f"{prefix}-{secrets.token_hex(_ID_BYTES)}", kind, model)

    def fields(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": self.object,
            "created": self.created,
            "model": self.model,
            "system_fingerprint": FINGERPRINT,
        }


def json_reply(body: msgspec.Struct) -> web.Response:
    """One JSON document; these routes name no charset."""
    return web.Response(body=msgspec.json.encode(body), content_type="application/json")


def usage(ends: Iterable[Done]) -> Usage:
    """The tokens of all the generations of a request."""
    counts = [(end.prompt_tokens, end.tokens) for end in ends]
    prompt, completion = sum(count[0] for count in counts), sum(count[1] for count in counts)
    return Usage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)
