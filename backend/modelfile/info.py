"""The `info` field of a create request: what it says about a model goes over what the files say (section F.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from backend.errors import BadRequest
from backend.store.weights import GGML

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backend.store import Config

# Field of a request → field of the configuration.
_TEXTS = {
    "model_family": "model_family",
    "base_name": "base_name",
    "quantization_level": "file_type",
    "parameter_size": "model_type",
}
_FAMILY = frozenset({"model_family", "model_families"})
_NUMBERS = ("context_length", "embedding_length")
_LONGEST = 1 << 63  # Go's integers end there, and so do those of the configuration's readers


class Info(msgspec.Struct, frozen=True):
    """Fields of a configuration to be replaced. `model_type` is the family of a GGML file that does not tell it."""

    fields: dict[str, Any]
    model_type: str = ""

    def over(self, config: Config) -> Config:
        """The configuration with these fields; the family of a GGML model stays, since its engine needs it."""
        kept = _FAMILY if config.model_format == GGML else frozenset[str]()
        return msgspec.structs.replace(
            config, **{name: value for name, value in self.fields.items() if name not in kept}
        )


def parse_info(info: Mapping[str, Any]) -> Info:
    """Reads the field; what it does not know and what is empty counts for nothing.

    Raises `BadRequest` for a value of a wrong type.
    """
    fields: dict[str, Any] = {}
    for name, field in _TEXTS.items():
        if text := info.get(name):
            if not isinstance(text, str):
                raise BadRequest(f'info field "{name}" must be a string')
            fields[field] = text
    if "model_family" in fields:
        fields["model_families"] = (fields["model_family"],)
    for name in _NUMBERS:
        if number := info.get(name):
            fields[name] = _count(name, number)
    if capabilities := info.get("capabilities"):
        if not isinstance(capabilities, list) or not all(isinstance(item, str) for item in capabilities):
            raise BadRequest('info field "capabilities" must be a list of strings')
        fields["capabilities"] = tuple(capabilities)
    model_type = info.get("model_type") or ""
    if not isinstance(model_type, str):
        raise BadRequest('info field "model_type" must be a string')
    return Info(fields, model_type)


def _count(name: str, number: object) -> int:
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise BadRequest(f'info field "{name}" must be a number')
    if not 0 <= number < _LONGEST or number != int(number):
        raise BadRequest(f'info field "{name}" must be a non-negative integer')
    return int(number)
