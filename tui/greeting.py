"""What an empty chat says: what to do next, with the keys in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.workspace import shown_name

if TYPE_CHECKING:
    from tui.actions.keymap import Keymap
    from tui.workspace import Workspace

STARTING = "Starting …"


def ready(keys: Keymap, space: Workspace) -> str:
    """There is a model, or there is none yet."""
    if not space.model:
        return f"""There is no model here yet.

- **{keys.name("models.get", typing=True)}** gets one: a small default, a registry's name, or a model's file."""
    panes = (("pane.models", "models"), ("pane.running", "what is running"), ("pane.parameters", "parameters"))
    return f"""**{shown_name(space.model)}** is ready for your first message.

- Write below and press **Enter**; Alt+Enter begins a new line.
- **{keys.name("app.back")}** leaves the prompt; then **{keys.name("app.help")}** shows every key and \
**{keys.name("app.palette")}** every command.
- {" · ".join(f"**{keys.name(action, typing=True)}** {what}" for action, what in panes)}"""


def failed(keys: Keymap, reason: str) -> str:
    """There is no backend."""
    again, other = keys.name("backend.start", typing=True), keys.name("connections.choose")
    back, quit_ = keys.name("app.back"), keys.name("app.quit", typing=True)
    return f"""There is no backend.

{reason}

**{again}** tries again, **{back}** then **{other}** chooses another backend, **{quit_}** quits."""
