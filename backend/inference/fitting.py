"""How much of a conversation fits into the context (the specification's section G.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def first_that_fits(low: int, last: int, fits: Callable[[int], Awaitable[bool]]) -> int:
    """The first message from `low` on with which the conversation can begin and fit; `last` if it fits with none."""
    while low < last:  # dropping one more never makes a prompt longer, so this can be bisected for
        middle = (low + last) // 2
        if await fits(middle):
            last = middle
        else:
            low = middle + 1
    return low
