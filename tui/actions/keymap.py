"""The keys in force: those of the registry, changed by the user's `keys.toml`.

The file's keys are action ids, its values one key or a list of keys: `chat.new = "Ctrl+N"`, `"app.help" = ["F1", "?"]`.
What an action is given takes the place of all its keys. Keys that are no text (`F5`, `Ctrl+N`, `Alt+1`) then work while
text is typed, the others where no text is typed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from backend.errors import SettingsError
from tui.actions.key import MOVING, TAKEN, key_name, parse_key, works_while_typing
from tui.actions.registry import ACTIONS, BY_ID, always_slot, plain_slot, unbound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tui.actions.action import Action, Scope

FILE_NAME: Final = "keys.toml"
_SIZE_LIMIT = 64 << 10
_KEYS_LIMIT = 8  # an action


class KeysError(SettingsError):
    """A file of keys that cannot be used; the message names file, action and key."""


class Keymap:
    """Every action's keys. `changed` has those of the actions whose keys are not the registry's."""

    def __init__(self, changed: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self._changed = dict(changed or {})

    def plain(self, action: Action) -> tuple[str, ...]:
        """The keys that do not work while text is typed."""
        if (keys := self._changed.get(action.id)) is None:
            return action.keys
        return tuple(key for key in keys if not _always(action, key))

    def always(self, action: Action) -> tuple[str, ...]:
        """The keys that work even while text is typed."""
        if (keys := self._changed.get(action.id)) is None:
            return action.global_keys
        return tuple(key for key in keys if _always(action, key))

    def names(self, action: Action) -> str:
        """All keys of an action for people, the ones that always work first."""
        return " ".join(key_name(key) for key in (*self.always(action), *self.plain(action)))

    def name(self, action_id: str, *, typing: bool = False) -> str:
        """One key of an action for a sentence; `typing`: one that works while text is typed, if it has such."""
        action = BY_ID[action_id]
        always, plain = self.always(action), self.plain(action)
        keys = (*always, *sorted(plain, key=works_while_typing, reverse=True)) if typing else (*plain, *always)
        return key_name(keys[0])

    def hints(self, scope: Scope, room: int) -> str:
        """`l load · u unload`: the shortest keys of a pane, as many as fit into `room` cells."""
        hinted = [action for action in ACTIONS if action.scope is scope and action.hint]
        parts = [f"{min(self.names(action).split(), key=len)} {action.hint}" for action in hinted]
        while parts and cell_len(" · ".join(parts)) > room:
            parts.pop()
        return " · ".join(parts)

    def textual(self) -> dict[str, str]:
        """What `App.set_keymap` takes: only the changed slots, an empty one as a key that no keyboard has."""
        slots: dict[str, str] = {}
        for action_id in self._changed:
            action = BY_ID[action_id]
            slots[plain_slot(action)] = ",".join(self.plain(action)) or unbound(plain_slot(action))
            slots[always_slot(action)] = ",".join(self.always(action)) or unbound(always_slot(action))
        return slots


def keymap_in_force(folder: Path) -> tuple[Keymap, str]:
    """The user's keys, or the usual ones and what is wrong with the user's file. An empty path is no folder."""
    try:
        return read_keymap(folder) if folder.name else Keymap(), ""
    except KeysError as error:
        return Keymap(), f"{error}; the usual keys are in force"


def read_keymap(folder: Path) -> Keymap:
    """The keys in force for a user with this configuration folder. Raises `KeysError` for the first thing wrong."""
    import tomllib

    path = folder / FILE_NAME
    try:
        if path.stat().st_size > _SIZE_LIMIT:
            raise KeysError(f"{path}: larger than {_SIZE_LIMIT} bytes")
        table = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Keymap()
    except (OSError, ValueError) as error:
        raise KeysError(f"{path}: cannot be read: {error}") from error
    try:
        changed = {action_id: _keys(action_id, value) for action_id, value in _flat(table)}
        keymap = Keymap(changed)
        _check_each_means_one(keymap)
    except ValueError as error:
        raise KeysError(f"{path}: {error}") from error
    return keymap


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """`chat.new = …` is a table in TOML, `"chat.new" = …` is not; both mean the action."""
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from _flat(value, f"{name}.")
        else:
            yield name, value


def _keys(action_id: str, value: object) -> tuple[str, ...]:
    if action_id not in BY_ID:
        from difflib import get_close_matches

        near = get_close_matches(action_id, BY_ID, n=1, cutoff=0.4)
        raise ValueError(f"there is no action {action_id!r}" + (f"; did you mean {near[0]}?" if near else ""))
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise ValueError(f'{action_id}: write one key or several, such as "F5" or ["F5", "c"]')
    if len(texts) > _KEYS_LIMIT:
        raise ValueError(f"{action_id}: at most {_KEYS_LIMIT} keys")
    try:
        keys = tuple(dict.fromkeys(parse_key(text) for text in texts))
    except ValueError as error:
        raise ValueError(f"{action_id}: {error}") from error
    for key in keys:
        if key in MOVING:
            raise ValueError(f"{action_id}: {key_name(key)} moves the cursor; choose another key")
    if all(key in TAKEN for key in keys):
        raise ValueError(
            f"{action_id}: {key_name(keys[0])} may be kept by {TAKEN[keys[0]]}; give it another key besides"
        )
    return keys


def _check_each_means_one(keymap: Keymap) -> None:
    """A key of the whole app and the same key of a pane differ in scope: the pane's wins while it has the focus."""
    taken: dict[tuple[object, str], Action] = {}
    for action in ACTIONS:
        for key in (*keymap.always(action), *keymap.plain(action)):
            other = taken.setdefault((action.scope, key), action)
            if other is not action:
                raise ValueError(f"{key_name(key)} is given to {other.id} and to {action.id}; change one of them")


def _always(action: Action, key: str) -> bool:
    """A key keeps the kind that the registry gives it; any other is judged by what it is."""
    return key in action.global_keys or (key not in action.keys and works_while_typing(key))
