"""Counting the tokens of a prompt that nobody generates from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.inference import completion
from backend.inference import options as option
from backend.inference.prompt import IMAGE_TOKENS

if TYPE_CHECKING:
    from backend.inference.pieces import Rendered
    from backend.inference.target import Target
    from backend.monitor.requests import LiveRequest
    from backend.scheduler.scheduler import Scheduler
    from backend.wire.ollama import ChatRequest


async def count(
    scheduler: Scheduler, target: Target, request: ChatRequest, rendered: Rendered, live: LiveRequest
) -> int:
    """The tokens of `rendered`, the prompt of `request`, as the model's own tokenizer sees it."""
    options = option.resolve(target.stored.params, request.options, shift=request.shift)
    async with scheduler.lease(target.demand(options), None, live.waiting_for) as lease:
        live.runner, live.state = lease.runner, "prefill"
        tokens = await completion.tokens(rendered.prompt, lease, special=True)
    images = rendered.images if target.stored.projectors else 0
    return len(tokens) + images * IMAGE_TOKENS
