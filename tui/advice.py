"""What a person can do about an error of the backend."""

from __future__ import annotations

from backend import errors
from tui.terminal.sanitize import clean

NO_PUNA = "what answers there is no Puna backend, perhaps an Ollama; stop it, or set OLLAMA_HOST to another port"


def explain(error: errors.BackendError) -> str:
    """The error's own message, then what to do about it where that is known."""
    message = reason(error)
    return f"{message}\n{advice}" if (advice := _advice(error)) else message


def reason(error: errors.BackendError) -> str:
    """The error's own message alone, for where the advice does not fit."""
    return clean(error.message).strip() or "the backend gave no reason"


def _advice(error: errors.BackendError) -> str:
    if isinstance(error, errors.ConnectFailed):
        return "The line to the backend is tried again by itself; F9 starts a local backend."
    if isinstance(error, errors.NotFound):
        return "F2 shows the models that are there, F6 gets one."
    if isinstance(error, errors.QueueFull):
        return "Too much is waiting. F3 shows what runs; x cancels a request."
    if isinstance(error, errors.RequestCanceled):
        return "Somebody cancelled it, here or in another client."
    if isinstance(error, errors.BadRequest):
        return "F4 shows the parameters that were sent."
    return ""
