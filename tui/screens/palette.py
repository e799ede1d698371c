"""The palette: type letters of an action's name, Enter runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.fuzzy import FuzzySearch

from tui.actions.registry import ACTIONS
from tui.quantity import fit
from tui.screens.find import Find

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.actions.action import Action
    from tui.actions.keymap import Keymap

_HIDDEN = ("app.palette", "app.back")
_WORDS_LIMIT, _WORD_LIMIT = 6, 16


class Palette(Find[str]):
    """Dismissed with the id of the chosen action."""

    def __init__(self, keys: Keymap, reason: Callable[[Action], str | None]) -> None:
        super().__init__("Commands", enter="run", placeholder="what do you want to do?")
        self._keys = keys
        self._reason = reason

    def narrow(self, wanted: str) -> None:
        """What can be done now comes first, once something is typed."""
        offered = matching(wanted)
        if wanted:
            offered.sort(key=lambda item: self._reason(item[0]) is not None)
        self.rows.show([(action.id, self._text(action, found)) for action, found in offered], "Nothing is called so.")
        self.rows.action_first()

    def take(self, chosen: str) -> None:
        """Dismiss with the action."""
        self.dismiss(chosen)

    def _text(self, action: Action, found: frozenset[int]) -> Content:
        reason, keys = self._reason(action), self._keys.names(action)
        width, title = self.room, _title(action)
        if reason is not None:
            return Content.styled(fit(f"{title} ({reason})", width), "$muted")
        shown = fit(title, width - cell_len(keys) - 2)
        gap = " " * max(2, width - cell_len(shown) - cell_len(keys))
        letters = [(letter, "bold $accent" if place in found else "") for place, letter in enumerate(shown)]
        return Content.assemble(*letters, gap, (keys, "$muted"))


def matching(wanted: str) -> list[tuple[Action, frozenset[int]]]:
    """Actions in which every typed word is found, its letters in order, the best first; and where they stand."""
    words, search = wanted.lower().split()[:_WORDS_LIMIT], FuzzySearch()
    scored: list[tuple[float, Action, frozenset[int]]] = []
    for action in ACTIONS:
        matches = [search.match(word[:_WORD_LIMIT], _title(action)) for word in words]
        if action.id not in _HIDDEN and all(score for score, _ in matches):
            places = frozenset(place for _, offsets in matches for place in offsets)
            scored.append((sum(score for score, _ in matches), action, places))
    scored.sort(key=lambda item: -item[0])  # stable: the registry's order where nothing is typed
    return [(action, places) for _, action, places in scored]


def _title(action: Action) -> str:
    return f"{action.group}: {action.title}"
