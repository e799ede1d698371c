"""One tree of errors. The message says what happened and what to do; `status` is its HTTP status.

Raised anywhere in the backend, mapped to HTTP in one place (`backend.http.middleware`), and raised again by
`backend.client` on the other side of the wire, so that the terminal sees the same types.
"""

from __future__ import annotations


class BackendError(Exception):
    """Something a person can read. `status` is the HTTP status that the error has on the wire."""

    status = 500

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        if status is not None:
            self.status = status


class BadRequest(BackendError):
    """The request cannot be served as it was written."""

    status = 400


class InvalidName(BadRequest):
    """A model name that breaks the grammar of the specification's section C."""


class InvalidDigest(BadRequest):
    """A digest that is not `sha256` and 64 lower-case hexadecimal digits."""


class DigestMismatch(BadRequest):
    """The bytes are not the ones that their digest promised."""


class BadModelFile(BadRequest):
    """A model file that cannot be read; `format` is what it should be."""

    format = "model"


class BadGGUF(BadModelFile):
    """A file that is not a GGUF model, or a damaged or lying one."""

    format = "GGUF"


class BadGGML(BadModelFile):
    """A file in a format older than GGUF that is damaged or lying, or that no engine runs."""

    format = "GGML"


class BadModelfile(BadRequest):
    """A Modelfile that cannot be read; the message names the line."""


class BadTemplate(BackendError):
    """A Go template that cannot be read, fails while it runs, or asks for more than its budget; names the line."""


class Unauthorized(BackendError):
    """A key is needed, and none or a wrong one was shown."""

    status = 401


class Forbidden(BackendError):
    """The caller may not do this from where it stands."""

    status = 403


class NotFound(BackendError):
    """No such thing here."""

    status = 404


class ModelNotFound(NotFound):
    """No such model in the store."""


class StoreError(BackendError):
    """The store cannot be used as it is: a damaged or missing file, a full disk (then 507), wrong permissions."""


class RequestCanceled(BackendError):
    """The client went away, or somebody cancelled the generation."""

    status = 499


class QueueFull(BackendError):
    """More requests wait than `OLLAMA_MAX_QUEUE` allows."""

    status = 503


class ConversionFailed(BackendError):
    """A model's files could not be quantised, merged or converted to GGUF; says why."""


class LoadFailed(BackendError):
    """The engine could not load the model; the message carries the engine's own words."""


class RunnerDied(BackendError):
    """The runner process ended or stopped answering while it was needed."""


class EngineRefused(BackendError):
    """The engine answered with an error; its status and its text are passed on."""


class EmbeddingFailed(BackendError):
    """A text could not be embedded: too long, or the engine refused it."""

    status = 400


class PullFailed(BackendError):
    """A model could not be fetched from its source. `transient` tells whether another try may help."""

    def __init__(self, message: str, *, status: int | None = None, transient: bool = False) -> None:
        super().__init__(message, status=status)
        self.transient = transient


class PushFailed(BackendError):
    """A model could not be sent to its registry."""


class RegistryError(BackendError):
    """A registry refused, misbehaved or cannot be reached.

    `code` is its HTTP status, 0 if there was none; `transient` tells whether another try may help.
    """

    def __init__(self, message: str, *, code: int = 0, transient: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.transient = transient


class ConnectFailed(BackendError):
    """Raised by the client alone: no backend answers at the address."""

    status = 0


class SettingsError(Exception):
    """A setting that cannot be understood; names the setting, the value and the nearest valid one."""
