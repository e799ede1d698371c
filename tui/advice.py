"""What a person can do about an error of the backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend import errors
from tui.terminal.sanitize import clean

if TYPE_CHECKING:
    from tui.actions.keymap import Keymap

NO_PUNA = "what answers there is no Puna backend, perhaps an Ollama; stop it, or set OLLAMA_HOST to another port"


def explain(error: errors.BackendError, keys: Keymap) -> str:
    """The error's own message, then what to do about it where that is known."""
    message = reason(error)
    return f"{message}\n{advice}" if (advice := _advice(error, keys)) else message


def reason(error: errors.BackendError) -> str:
    """The error's own message alone, for where the advice does not fit."""
    return clean(error.message).strip() or "the backend gave no reason"


def _advice(error: errors.BackendError, keys: Keymap) -> str:
    models, running = keys.name("pane.models", typing=True), keys.name("pane.running", typing=True)
    if isinstance(error, errors.ConnectFailed):
        return f"The line to the backend is tried again by itself; {keys.name('backend.start')} starts a local backend."
    if isinstance(error, errors.NotFound):
        return f"{models} shows the models that are there, {keys.name('models.get', typing=True)} gets one."
    if isinstance(error, errors.QueueFull):
        return f"Too much is waiting. {running} shows what runs; {keys.name('running.cancel')} cancels a request."
    if isinstance(error, errors.RequestCanceled):
        return "Somebody cancelled it, here or in another client."
    if isinstance(error, errors.BadRequest):
        return f"{keys.name('pane.parameters', typing=True)} shows the parameters that were sent."
    return ""
