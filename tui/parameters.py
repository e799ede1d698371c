"""The parameters of a turn: what they mean, what is allowed, and where each value comes from.

Names, types and defaults are those of the specification's section A.6. Pure: no widget, no backend.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from backend.errors import BadRequest
from tui.quantity import count

if TYPE_CHECKING:
    from backend.wire.ollama import ShowResponse

Value = float | int | bool | str | tuple[str, ...]
_LINE = re.compile(r"(\S+)\s+(.*\S)\s*")
_ITEM_LIMIT = 64  # stop strings; a sane bound on what a person types


class Kind(Enum):
    """How a value is written."""

    FLOAT = "number"
    INT = "whole number"
    FLAG = "on or off"
    DURATION = "duration"
    TEXT = "text"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Spec:
    """One parameter. `low` and `high` bound numbers; `default` is what the backend does when nobody says anything."""

    key: str
    kind: Kind
    default: str
    about: str
    low: float = 0
    high: float = 0

    @property
    def allowed(self) -> str:
        """The range in words, for the editor and for errors."""
        if self.kind in (Kind.FLOAT, Kind.INT):
            return f"{self.kind.value} from {_number(self.low)} to {_number(self.high)}"
        return {
            Kind.FLAG: "on or off",
            Kind.DURATION: "a duration such as 5m, 1h30m or 45s; -1 for ever; 0 unloads at once",
            Kind.LIST: "one text a line; \\n stands for a new line",
            Kind.TEXT: "any text",
        }[self.kind]


SPECS: tuple[Spec, ...] = (
    Spec("temperature", Kind.FLOAT, "0.8", "How freely words are chosen; 0 always takes the likeliest.", 0, 5),
    Spec("top_k", Kind.INT, "40", "Choose among the k likeliest tokens; 0 takes all.", 0, 100_000),
    Spec("top_p", Kind.FLOAT, "0.9", "Choose among the tokens that together have this probability.", 0, 1),
    Spec("min_p", Kind.FLOAT, "0.0", "Drop tokens below this share of the likeliest one.", 0, 1),
    Spec("repeat_penalty", Kind.FLOAT, "1.0", "Above 1 repeats less; 1 leaves it alone.", 0.1, 5),
    Spec("seed", Kind.INT, "-1", "The same seed gives the same reply; -1 is a new one each time.", -1, 2**32 - 1),
    Spec("num_predict", Kind.INT, "-1", "At most this many tokens a reply; -1 until the model ends.", -1, 10_000_000),
    Spec("num_ctx", Kind.INT, "auto", "Tokens the model can look back on; a change loads it again.", 4, 16_777_216),
    Spec("stop", Kind.LIST, "none", "The reply ends before any of these texts."),
    Spec("system", Kind.TEXT, "none", "Instructions that stand before the chat."),
    Spec("keep_alive", Kind.DURATION, "5m", "How long the model stays loaded when idle."),
    Spec("think", Kind.FLAG, "on", "Whether the model thinks before it answers."),
)
BY_KEY = {spec.key: spec for spec in SPECS}


class Source(Enum):
    """Where a value comes from."""

    DEFAULT = "default"
    MODEL = "model"
    OWN = "yours"


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter as the pane shows it; `value` is one line."""

    spec: Spec
    value: str
    source: Source


@dataclass(slots=True)
class Parameters:
    """The values in force for the next turn: defaults < the model's own < the user's."""

    keep_alive: str = "5m"
    own: dict[str, Value] = field(default_factory=dict)
    model: dict[str, Value] = field(default_factory=dict)
    can_think: bool = False
    can_see: bool = False
    trained_context: int = 0

    def use_model(self, shown: ShowResponse | None) -> None:
        """Take the model's values from its description; `None` forgets them. The user's stay."""
        self.model = {} if shown is None else model_values(shown)
        self.can_think = shown is not None and "thinking" in shown.capabilities
        self.can_see = shown is not None and "vision" in shown.capabilities
        self.trained_context = 0 if shown is None else trained_context(shown)

    def specs(self) -> list[Spec]:
        """The parameters that mean something for the model in use."""
        return [spec for spec in SPECS if spec.key != "think" or self.can_think]

    def rows(self) -> list[Row]:
        """What the pane shows, in its order."""
        return [self.row(spec.key) for spec in self.specs()]

    def row(self, key: str) -> Row:
        """One parameter's value in force and its source."""
        spec = BY_KEY[key]
        for source, values in ((Source.OWN, self.own), (Source.MODEL, self.model)):
            if key in values:
                return Row(spec, _one_line(values[key]), source)
        return Row(spec, self.keep_alive if key == "keep_alive" else spec.default, Source.DEFAULT)

    def text(self, key: str) -> str:
        """The value as the editor starts with it; empty where nobody set one."""
        value = self.own.get(key, self.model.get(key))
        if value is None:
            row = self.row(key)
            return "" if row.value in ("none", "auto") else row.value
        if isinstance(value, tuple):
            return "\n".join(item.replace("\\", "\\\\").replace("\n", "\\n") for item in value)
        return value if isinstance(value, str) else _one_line(value)

    def set(self, key: str, text: str) -> None:
        """Take what a person typed. Raises `ValueError` saying what is allowed; then nothing changed."""
        value = parse(BY_KEY[key], text)
        if key == "num_ctx" and isinstance(value, int) and 0 < self.trained_context < value:
            raise ValueError(f"this model was trained on {count(self.trained_context)} tokens; take at most that")
        if value in ("", ()):
            self.own.pop(key, None)
        else:
            self.own[key] = value

    def reset(self, key: str) -> bool:
        """Drop the user's value; whether there was one."""
        return self.own.pop(key, None) is not None

    def options(self) -> dict[str, object]:
        """The user's values for the `options` of a request."""
        apart = ("system", "keep_alive", "think")
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in self.own.items()
            if key not in apart
        }

    @property
    def system(self) -> str:
        """The user's system prompt; empty leaves the model's own."""
        return str(self.own.get("system", ""))

    @property
    def own_keep_alive(self) -> str | float | None:
        """The user's keep_alive as the wire wants it, if any."""
        value = self.own.get("keep_alive")
        if not isinstance(value, str):
            return None
        return float(value) if re.fullmatch(r"-?\d+", value) else value

    @property
    def think(self) -> bool | None:
        """The user's choice where the model can think, else nothing."""
        value = self.own.get("think")
        return value if self.can_think and isinstance(value, bool) else None


def parse(spec: Spec, text: str) -> Value:
    """The value that `text` means. Raises `ValueError` with what is allowed."""
    if spec.kind is Kind.TEXT:
        return text.strip("\n")
    if spec.kind is Kind.LIST:
        return _items(text)
    word = text.strip()
    if spec.kind is Kind.FLAG:
        if word.lower() not in ("on", "off", "true", "false", "yes", "no"):
            raise ValueError(f"{spec.key} is {spec.allowed}")
        return word.lower() in ("on", "true", "yes")
    if spec.kind is Kind.DURATION:
        return _duration(spec, word)
    try:
        number = int(word.replace(",", "")) if spec.kind is Kind.INT else float(word)
    except ValueError:
        raise ValueError(f"{spec.key} must be a {spec.allowed}") from None
    if not spec.low <= number <= spec.high:
        raise ValueError(f"{spec.key} must be a {spec.allowed}")
    return number


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


def _plain(text: str) -> str:
    return str(json.loads(text)) if text.startswith('"') else text


def trained_context(shown: ShowResponse) -> int:
    """Tokens the model was trained on; 0 if its metadata does not say."""
    architecture = shown.model_info.get("general.architecture", "")
    value = shown.model_info.get(f"{architecture}.context_length", 0)
    return value if isinstance(value, int) else 0


def _one_line(value: Value) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return " ".join(json.dumps(item, ensure_ascii=False) for item in value)
    return value.replace("\n", " ") if isinstance(value, str) else str(value)


def _number(value: float) -> str:
    return count(int(value)) if float(value).is_integer() else f"{value:g}"
