"""The typed values of a Modelfile's PARAMETER lines (the specification's sections A.6 and F.1)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend import engine_choice
from backend.errors import BadModelfile, BadRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from backend.modelfile.parser import Modelfile

Value = int | float | bool | str | list[str]

_INTEGERS = (
    "num_ctx",
    "num_batch",
    "num_gpu",
    "main_gpu",
    "num_thread",
    "draft_num_predict",
    "num_keep",
    "seed",
    "num_predict",
    "top_k",
    "repeat_last_n",
)
_FLOATS = (
    "top_p",
    "min_p",
    "typical_p",
    "repeat_penalty",
    "presence_penalty",
    "frequency_penalty",
    "temperature",
)
DEPRECATED = frozenset(
    {
        "penalize_newline",
        "low_vram",
        "f16_kv",
        "logits_all",
        "vocab_only",
        "use_mlock",
        "mirostat",
        "mirostat_tau",
        "mirostat_eta",
    }
)
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Parameters:
    """`values` by option name; `warnings` are for the person who wrote the file."""

    values: Mapping[str, Value]
    warnings: tuple[str, ...]


def parameters(modelfile: Modelfile) -> Parameters:
    """Typed values: repeats of `stop` accumulate, of all others the last wins; deprecated ones are left out.

    Raises `BadModelfile` for an unknown name and for a text that is not of the option's type.
    """
    values: dict[str, Value] = {}
    warnings = []
    for command in modelfile.commands:
        if command.name != "parameter":
            continue
        if command.key in DEPRECATED:
            warnings.append(f"warning: parameter {command.key} is deprecated")
            continue
        value = _parse(command.key, command.value)
        known = values.get(command.key)
        values[command.key] = known + value if isinstance(known, list) and isinstance(value, list) else value
    return Parameters(values, tuple(warnings))


def _parse(name: str, text: str) -> Value:
    try:
        read = _READERS[name]
    except KeyError:
        raise BadModelfile(f"unknown parameter '{name}'") from None
    return read(text)


def _int(text: str) -> int:
    if not _INTEGER.fullmatch(text) or int(text) not in _INT64:
        raise BadModelfile(f"invalid int value [{text}]")
    return int(text)


def _float(text: str) -> float:
    value = float(text) if _FLOAT.fullmatch(text) else math.inf
    if math.isinf(value):
        raise BadModelfile(f"invalid float value [{text}]")
    return value


def _bool(text: str) -> bool:
    if text not in _TRUE | _FALSE:
        raise BadModelfile(f"invalid bool value [{text}]")
    return text in _TRUE


def _strings(text: str) -> list[str]:
    return [text]


def _engine(text: str) -> str:
    try:
        engine_choice.parse(text)
    except BadRequest as error:
        raise BadModelfile(error.message) from None
    return text


_READERS: dict[str, Callable[[str], Value]] = {
    **dict.fromkeys(_INTEGERS, _int),
    **dict.fromkeys(_FLOATS, _float),
    "use_mmap": _bool,
    "engine": _engine,
    "stop": _strings,
    "model_type": str,  # of a GGML file: the server checks it
}
