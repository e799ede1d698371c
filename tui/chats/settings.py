"""What of the parameters in force belongs to a chat: model, system prompt, options and thinking.

`keep_alive` and `format` do not: they go with every message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backend.wire.sessions import NewSession, Session, SessionChange
from tui.parameter_specs import APART
from tui.parameter_values import from_wire

if TYPE_CHECKING:
    from tui.workspace import Workspace


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
    found: dict[str, object] = {key: value for key, value in session.options.items() if key not in APART}
    found |= {"system": session.system, "think": session.think}
    values = {key: from_wire(key, value) for key, value in found.items()}
    space.parameters.use_chat({key: value for key, value in values.items() if value is not None})


def _in_force(space: Workspace) -> dict[str, Any]:
    parameters = space.parameters
    return {"system": parameters.system, "options": parameters.options(), "think": parameters.think}


def _foreign(options: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options.items() if key in APART or from_wire(key, value) is None}
