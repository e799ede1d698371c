"""The messages of a session as a tree, and the one branch of it that is shown. A copy: the backend keeps the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend.wire.sessions import MessageView


class Conversation:
    """`leaf` ends the branch that is shown; 0 while there is no message.

    A parent comes before its children, as the backend sends them; a message whose parent is unknown begins a branch.
    """

    def __init__(self, messages: Iterable[MessageView] = (), leaf: int = 0) -> None:
        self._messages: dict[int, MessageView] = {}
        self._children: dict[int, list[int]] = {}
        for message in messages:
            self.put(message)
        self.leaf = leaf if leaf in self._messages else 0

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, message: MessageView) -> None:
        """Add a message, or take a newer state of one that is there."""
        if message.id not in self._messages:
            self._children.setdefault(message.parent, []).append(message.id)
        self._messages[message.id] = message

    def message(self, identity: int) -> MessageView | None:
        """One message, if it is there."""
        return self._messages.get(identity)

    def branch(self) -> list[MessageView]:
        """From the first message to the leaf."""
        found: list[MessageView] = []
        place = self._messages.get(self.leaf)
        while place is not None and len(found) < len(self._messages):
            found.append(place)
            place = self._messages.get(place.parent)
        return found[::-1]

    def siblings(self, identity: int) -> list[int]:
        """The message and those that stand in its place on other branches, the oldest first."""
        message = self._messages.get(identity)
        return [] if message is None else list(self._children[message.parent])

    def answers(self, identity: int) -> int:
        """How many messages hang on one; on 0 those that begin the chat."""
        return len(self._children.get(identity, ()))

    def end_below(self, identity: int) -> int:
        """The end of the newest branch that goes through a message."""
        place, steps = identity, 0
        while (children := self._children.get(place)) and steps < len(self._messages):
            place, steps = children[-1], steps + 1
        return place
