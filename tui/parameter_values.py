"""Values of parameters: what a person types, what a model brings, and how they are shown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from backend.engine_choice import NAMES as ENGINES
from backend.errors import BadRequest
from tui.parameter_specs import BY_KEY, Kind, Spec
from tui.quantity import size

if TYPE_CHECKING:
    from backend.wire.ollama import ShowResponse

Value = float | int | bool | str | tuple[str, ...]
LEVELS = ("low", "medium", "high", "max")
_LINE = re.compile(r"(\S+)\s+(.*\S)\s*")
_ITEM_LIMIT = 64  # stop strings; a sane bound on what a person types
_SCHEMA_LIMIT = 256 << 10  # bytes
_WORDS = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}


def parse(spec: Spec, text: str) -> Value:
    """The value that `text` means; a file that a `format` names is read. Raises `ValueError` with what is allowed."""
    if spec.kind is Kind.TEXT:
        return text.strip("\n")
    if spec.kind is Kind.LIST:
        return _items(text)
    word = text.strip()
    if spec.kind is Kind.FORMAT:
        return _format(word)
    if spec.kind in (Kind.FLAG, Kind.THINK):
        if spec.kind is Kind.THINK and word.lower() in LEVELS:
            return word.lower()
        if word.lower() not in _WORDS:
            raise ValueError(f"{spec.key} is {spec.allowed}")
        return _WORDS[word.lower()]
    if spec.kind is Kind.DURATION:
        return _duration(spec, word)
    if spec.kind is Kind.ENGINE:
        if word.lower() not in ENGINES:
            raise ValueError(f"{spec.key} is {spec.allowed}")
        return str(word.lower())
    return _numeric(spec, word)


def _numeric(spec: Spec, word: str) -> float:
    try:
        number = int(word.replace(",", "")) if spec.kind is Kind.INT else float(word)
    except ValueError:
        raise ValueError(f"{spec.key} must be a {spec.allowed}") from None
    if not spec.low <= number <= spec.high:
        raise ValueError(f"{spec.key} must be a {spec.allowed}")
    return number


def stepped(spec: Spec, value: Value | None, steps: int, highest: float) -> Value:
    """A value some steps up or down, within what is allowed; of a flag the other one, of words the next."""
    if spec.kind is Kind.FLAG:
        return not value
    if spec.kind is Kind.THINK:
        order: list[Value] = [False, *LEVELS] if isinstance(value, str) else [False, True]
        return order[min(max(order.index(value if value is not None else True) + steps, 0), len(order) - 1)]
    if spec.kind is Kind.ENGINE:
        place = ENGINES.index(value) if value in ENGINES else 0
        return str(ENGINES[min(max(place + steps, 0), len(ENGINES) - 1)])
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else _default_number(spec)
    moved = min(max(number + steps * spec.step, spec.low), highest)
    return int(moved) if spec.kind is Kind.INT else round(moved, 4)


def from_wire(key: str, value: object) -> Value | None:
    """An option of a request or a session as the parameters hold it; `None` for one that they cannot."""
    spec = BY_KEY.get(key)
    if spec is None:
        return None
    match spec.kind:
        case Kind.LIST:
            texts = [value] if isinstance(value, str) else value
            is_list = isinstance(texts, list) and all(isinstance(text, str) for text in texts)
            return tuple(texts) if is_list and isinstance(texts, list) else None
        case Kind.FLAG:
            return value if isinstance(value, bool) else None
        case Kind.THINK:
            return value if isinstance(value, bool) or value in LEVELS else None
        case Kind.FLOAT | Kind.INT:
            return value if isinstance(value, int | float) and not isinstance(value, bool) else None
        case _:
            return value if isinstance(value, str) and value else None


def one_line(value: Value) -> str:
    """A value as the pane shows it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return " ".join(json.dumps(item, ensure_ascii=False) for item in value)
    return value.replace("\n", " ") if isinstance(value, str) else str(value)


def editable(value: Value) -> str:
    """A value as a person would type it."""
    if isinstance(value, tuple):
        return "\n".join(item.replace("\\", "\\\\").replace("\n", "\\n") for item in value)
    return value if isinstance(value, str) else one_line(value)


def model_values(shown: ShowResponse) -> dict[str, Value]:
    """The parameters that a model carries (the specification's section A.9), those with a `Spec`."""
    values: dict[str, Value] = {}
    for line in shown.parameters.splitlines():
        match = _LINE.fullmatch(line)
        spec = BY_KEY.get(match[1]) if match else None
        if match is None or spec is None:
            continue
        try:
            value = _plain(match[2])
            if spec.kind is Kind.LIST:
                before = values.get(spec.key, ())
                values[spec.key] = (*(before if isinstance(before, tuple) else ()), value)
            else:
                values[spec.key] = parse(spec, value)
        except ValueError:
            continue  # a value that Puna would not accept is the backend's to judge, not shown as ours
    if shown.system:
        values["system"] = shown.system
    return values


def trained_context(shown: ShowResponse) -> int:
    """Tokens the model was trained on; 0 if its metadata does not say."""
    architecture = shown.model_info.get("general.architecture", "")
    value = shown.model_info.get(f"{architecture}.context_length", 0)
    return value if isinstance(value, int) else 0


def _default_number(spec: Spec) -> float:
    try:
        return float(spec.default)
    except ValueError:
        return spec.start


def _format(word: str) -> str:
    if word in ("", "json"):
        return word
    text = word
    if not word.startswith("{"):
        path = Path(word).expanduser()
        try:
            if path.stat().st_size > _SCHEMA_LIMIT:
                raise ValueError(f"{word} is larger than {size(_SCHEMA_LIMIT)}")
            text = path.read_text("utf-8")
        except OSError as error:
            raise ValueError(f"format is json or a file with a JSON schema; {word}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise ValueError(f"{word} is not a text file") from None
    try:
        schema = json.loads(text)
    except ValueError as error:
        raise ValueError(f"the schema is not valid JSON: {error}") from None
    if not isinstance(schema, dict):
        raise ValueError("a JSON schema is an object: it begins with {")
    return json.dumps(schema, ensure_ascii=False)


def _duration(spec: Spec, word: str) -> str:
    from backend.duration import parse_duration

    if re.fullmatch(r"-\d+|0", word):
        return word
    try:
        parse_duration(word)
    except BadRequest:
        raise ValueError(f"{spec.key} must be {spec.allowed}") from None
    return word


def _items(text: str) -> tuple[str, ...]:
    items = tuple(re.sub(r"\\(.)", _escape, line) for line in text.split("\n") if line)
    if len(items) > _ITEM_LIMIT:
        raise ValueError(f"at most {_ITEM_LIMIT} stop texts")
    return items


def _escape(match: re.Match[str]) -> str:
    return {"n": "\n", "t": "\t"}.get(match[1], match[1])


def _plain(text: str) -> str:
    return str(json.loads(text)) if text.startswith('"') else text
