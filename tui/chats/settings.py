"""What of the parameters in force belongs to a chat: model, system prompt, options and thinking.

`keep_alive` does not: it is about the machine, and goes with every message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backend.wire.sessions import NewSession, Session, SessionChange
from tui.parameters import BY_KEY, Kind, Value

if TYPE_CHECKING:
    from tui.workspace import Workspace

_APART = ("system", "think", "keep_alive")


def begin(space: Workspace) -> NewSession:
    """A session with what is in force."""
    return NewSession(model=space.model, **_in_force(space))


def difference(space: Workspace, session: Session) -> SessionChange | None:
    """What the session lacks of what is in force; `None` if that is nothing.

    Options that this app has no name for stay as they are.
    """
    wanted = _in_force(space)
    wanted["options"] |= _foreign(session.options)
    if space.model:
        wanted["model"] = space.model
    changed = {name: value for name, value in wanted.items() if getattr(session, name) != value}
    return SessionChange(**changed) if changed else None


def use(space: Workspace, session: Session) -> None:
    """Put the session's values into force; those that belong to no chat stay. The model is the caller's."""
    own = space.parameters.own
    kept = {key: value for key, value in own.items() if key == "keep_alive"}
    own.clear()
    own |= kept
    for key, value in session.options.items():
        taken = _value(key, value)
        if taken is not None:
            own[key] = taken
    if session.system:
        own["system"] = session.system
    if isinstance(session.think, bool) or (isinstance(session.think, str) and session.think):
        own["think"] = session.think


def _in_force(space: Workspace) -> dict[str, Any]:
    parameters = space.parameters
    return {"system": parameters.system, "options": parameters.options(), "think": parameters.think}


def _foreign(options: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options.items() if _value(key, value) is None}


def _value(key: str, value: object) -> Value | None:
    """An option as the parameters hold it; `None` for one that they cannot."""
    spec = BY_KEY.get(key)
    if spec is None or key in _APART:
        return None
    if spec.kind is Kind.LIST:
        texts = [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]
        return tuple(texts) if texts in (value, [value]) else None
    if spec.kind is Kind.FLAG:
        return value if isinstance(value, bool) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
