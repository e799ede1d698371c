"""The parameters of a turn: the values in force, and where each comes from. No widget, no backend."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from tui.parameter_specs import APART, BY_KEY, SPECS, Kind, Spec
from tui.parameter_values import LEVELS, Value, editable, model_values, one_line, parse, stepped, trained_context
from tui.quantity import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backend.wire.ollama import ShowResponse


class Source(Enum):
    """Where a value comes from."""

    DEFAULT = "default"
    MODEL = "model"
    CHAT = "chat"
    PRESET = "preset"
    OWN = "yours"


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter as the pane shows it; `value` is one line. `origin` names the preset that it comes from."""

    spec: Spec
    value: str
    source: Source
    origin: str = ""


@dataclass(slots=True)
class Parameters:
    """The values in force for the next turn: defaults < the model's own < the user's.

    The user's are those of the opened chat, of the preset that was applied, and what was typed: the last one wins.
    """

    keep_alive: str = "5m"
    own: dict[str, Value] = field(default_factory=dict)
    model: dict[str, Value] = field(default_factory=dict)
    can_think: bool = False
    can_see: bool = False
    has_levels: bool = False
    trained_context: int = 0
    _sources: dict[str, tuple[Source, str]] = field(default_factory=dict)

    def use_model(self, shown: ShowResponse | None) -> None:
        """Take the model's values from its description; `None` forgets them. The user's stay."""
        capabilities = [] if shown is None else shown.capabilities
        self.model = {} if shown is None else model_values(shown)
        self.can_think = "thinking" in capabilities
        self.can_see = "vision" in capabilities
        self.has_levels = shown is not None and _has_levels(shown)
        self.trained_context = 0 if shown is None else trained_context(shown)

    def use_chat(self, values: Mapping[str, Value]) -> None:
        """Take the values of a chat in place of the user's; those that belong to no chat stay."""
        kept = {key: value for key, value in self.own.items() if key in ("keep_alive", "format")}
        self.own = {**kept, **values}
        self._sources.update((key, (Source.CHAT, "")) for key in values)

    def use_preset(self, name: str, values: Mapping[str, Value]) -> None:
        """Take a preset's values over the user's; those that it does not name go back."""
        self.own = dict(values)
        self._sources = dict.fromkeys(values, (Source.PRESET, name))

    def specs(self) -> list[Spec]:
        """The parameters that mean something for the model in use."""
        return [spec for spec in SPECS if spec.kind is not Kind.THINK or self.can_think]

    def rows(self) -> list[Row]:
        """What the pane shows, in its order."""
        return [self.row(spec.key) for spec in self.specs()]

    def row(self, key: str) -> Row:
        """One parameter's value in force and its source."""
        spec = BY_KEY[key]
        if key in self.own:
            source, origin = self._sources.get(key, (Source.OWN, ""))
            return Row(spec, one_line(self.own[key]), source, origin)
        if key in self.model:
            return Row(spec, one_line(self.model[key]), Source.MODEL)
        return Row(spec, self.keep_alive if key == "keep_alive" else spec.default, Source.DEFAULT)

    def text(self, key: str) -> str:
        """The value as the editor starts with it; empty where nobody set one."""
        value = self.own.get(key, self.model.get(key))
        if value is not None:
            return editable(value)
        row = self.row(key)
        return "" if row.value in ("none", "auto") else row.value

    def check(self, key: str, text: str) -> Value:
        """The value that `text` means for the model in use. Raises `ValueError` saying what is allowed."""
        value = parse(BY_KEY[key], text)
        if key == "num_ctx" and isinstance(value, int) and 0 < self.trained_context < value:
            raise ValueError(f"this model was trained on {count(self.trained_context)} tokens; take at most that")
        if key == "think" and value in LEVELS and not self.has_levels:
            raise ValueError("this model knows no levels of thinking; think is on or off")
        return value

    def set(self, key: str, text: str) -> None:
        """Take what a person typed. Raises `ValueError` saying what is allowed; then nothing changed."""
        self._put(key, self.check(key, text))

    def step(self, key: str, steps: int) -> None:
        """Some steps up or down, within what is allowed."""
        spec = BY_KEY[key]
        highest = self.trained_context if key == "num_ctx" and self.trained_context else spec.high
        value = self.own.get(key, self.model.get(key))
        if value is True and self.has_levels and steps > 0:
            value = LEVELS[1]  # a model that knows levels thinks at this one when it is only told to
        self._put(key, stepped(spec, value, steps, highest))

    def reset(self, key: str) -> bool:
        """Drop the user's value; whether there was one."""
        self._sources.pop(key, None)
        return self.own.pop(key, None) is not None

    def options(self) -> dict[str, object]:
        """The user's values for the `options` of a request."""
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in self.own.items()
            if key not in APART
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
    def think(self) -> bool | str | None:
        """The user's choice where the model can think, else nothing."""
        value = self.own.get("think")
        return value if self.can_think and isinstance(value, bool | str) else None

    @property
    def format(self) -> object:
        """The user's format as the wire wants it: `json`, a schema, or nothing."""
        value = self.own.get("format")
        if not isinstance(value, str):
            return None
        return value if value == "json" else json.loads(value)

    def _put(self, key: str, value: Value) -> None:
        self._sources.pop(key, None)
        if value in ("", ()):
            self.own.pop(key, None)
        else:
            self.own[key] = value


def _has_levels(shown: ShowResponse) -> bool:
    """Whether the model's template asks how much it shall think, as that of gpt-oss does."""
    return "ThinkLevel" in shown.template or shown.details.family in ("gptoss", "gpt-oss")
