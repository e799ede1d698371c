"""`options` of a request (the specification's section A.6): checked, merged with the model's, sorted by use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backend.errors import BackendError
from backend.scheduler.demand import LoadOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPES: dict[str, str] = {
    "num_ctx": "integer",
    "num_batch": "integer",
    "num_gpu": "integer",
    "main_gpu": "integer",
    "num_thread": "integer",
    "use_mmap": "boolean",
    "num_keep": "integer",
    "seed": "integer",
    "num_predict": "integer",
    "top_k": "integer",
    "repeat_last_n": "integer",
    "top_p": "float32",
    "min_p": "float32",
    "typical_p": "float32",
    "repeat_penalty": "float32",
    "presence_penalty": "float32",
    "frequency_penalty": "float32",
    "temperature": "float32",
    "stop": "array",
}
_LOAD = ("num_ctx", "num_batch", "num_gpu", "main_gpu", "use_mmap", "num_thread")
_DEFAULTS: dict[str, Any] = {
    "num_keep": 4,
    "seed": -1,
    "num_predict": -1,
    "top_k": 40,
    "top_p": 0.9,
    "min_p": 0.0,
    "typical_p": 1.0,
    "repeat_last_n": 64,
    "repeat_penalty": 1.0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
    "temperature": 0.8,
    "stop": [],
}
_ENGINE_NAMES = {"num_keep": "n_keep", "num_predict": "n_predict"}
_LONGEST_IN_CONTEXTS = 10  # a reply without limit ends after this many context lengths
_INT32 = 2**31


@dataclass(frozen=True, slots=True)
class Options:
    """`load` says what must be loaded; `sampling` holds the rest under Ollama's names, complete with defaults.

    `engine_name` is the engine that the request itself asks for, an option of Puna's own (`backend.engine_choice`).
    """

    load: LoadOptions
    sampling: dict[str, Any]
    engine_name: str | None = None

    def engine(self, n_ctx: int) -> dict[str, Any]:
        """The sampling keys of the engine's requests for a slot of `n_ctx` tokens."""
        body = {_ENGINE_NAMES.get(name, name): value for name, value in self.sampling.items()}
        longest = _LONGEST_IN_CONTEXTS * n_ctx
        body["n_predict"] = longest if not 0 < body["n_predict"] <= longest else body["n_predict"]
        return body


def resolve(model: Mapping[str, Any], request: Mapping[str, Any], *, shift: bool | None) -> Options:
    """Built-in defaults < the model's parameters < the request's options. Nulls and unknown names are skipped.

    Raises `BackendError` (status 500, as Ollama has it) that names the option and its type.
    """
    values: dict[str, Any] = {}
    for source in (model, request):
        for name, value in source.items():
            if value is not None and name in _TYPES:
                values[name] = _checked(name, value)
    load = LoadOptions(**{name: values[name] for name in _LOAD if name in values}, shift=shift is not False)
    sampling = {name: values.get(name, default) for name, default in _DEFAULTS.items()}
    return Options(load, sampling, _engine(request.get("engine")))


def _engine(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise BackendError('option "engine" must be of type string')
    return value


def _checked(name: str, value: Any) -> Any:
    kind = _TYPES[name]
    if kind == "array":
        if not isinstance(value, list):
            raise BackendError(f'option "{name}" must be of type array')
        if not all(isinstance(item, str) for item in value):
            raise BackendError(f'option "{name}" must be of an array of strings')
        return [item for item in value if item]
    if kind == "boolean":
        if not isinstance(value, bool):
            raise BackendError(f'option "{name}" must be of type boolean')
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BackendError(f'option "{name}" must be of type {kind}')
    if name == "seed":
        return int(value) % (1 << 32)  # the engine's seeds have 32 bits; clients draw longer ones
    if kind == "integer":
        if not -_INT32 <= value < 2 * _INT32:
            raise BackendError(f'option "{name}" is out of range')
        return int(value)
    return float(value)
