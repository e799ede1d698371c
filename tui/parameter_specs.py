"""What the parameters mean and what is allowed: names, types and defaults of the specification's section A.6.

`draft_num_predict` is left out: no engine here drafts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from backend.engine_choice import NAMES
from tui.quantity import count


class Kind(Enum):
    """How a value is written."""

    FLOAT = "number"
    INT = "whole number"
    FLAG = "on or off"
    DURATION = "duration"
    TEXT = "text"
    LIST = "list"
    THINK = "thinking"
    FORMAT = "format"
    ENGINE = "engine"


class Group(Enum):
    """Where a parameter stands in the pane."""

    WORDS = "Choosing words"
    REPETITION = "Repetition"
    REPLY = "The reply"
    MEMORY = "Context and loading"


@dataclass(frozen=True, slots=True)
class Spec:
    """One parameter. `low` and `high` bound numbers; `default` is what the backend does when nobody says anything.

    `step` is what + and - add, from `start` on where the default is no number. With `reloads` a change loads the model
    again.
    """

    key: str
    group: Group
    kind: Kind
    default: str
    about: str
    low: float = 0
    high: float = 0
    step: float = 1
    start: float = 0
    reloads: bool = False

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
            Kind.THINK: "on or off; low, medium, high or max where the model knows levels",
            Kind.FORMAT: "json, or a file with a JSON schema, or the schema itself",
            Kind.ENGINE: f"{', '.join(NAMES[:-1])} or {NAMES[-1]}",
        }[self.kind]

    @property
    def steps(self) -> bool:
        """Whether + and - change it."""
        return self.kind in (Kind.FLOAT, Kind.INT, Kind.FLAG, Kind.THINK, Kind.ENGINE)


_W, _R, _A, _M = Group.WORDS, Group.REPETITION, Group.REPLY, Group.MEMORY
_F, _I = Kind.FLOAT, Kind.INT
SPECS: tuple[Spec, ...] = (
    Spec("temperature", _W, _F, "0.8", "How freely words are chosen; 0 always takes the likeliest.", 0, 5, 0.1),
    Spec("top_k", _W, _I, "40", "Choose among the k likeliest tokens; 0 takes all.", 0, 100_000, 5),
    Spec("top_p", _W, _F, "0.9", "Choose among the tokens that together have this probability.", 0, 1, 0.05),
    Spec("min_p", _W, _F, "0.0", "Drop tokens below this share of the likeliest one.", 0, 1, 0.01),
    Spec("typical_p", _W, _F, "1.0", "Prefer tokens that are as likely as one expects; 1 leaves it.", 0, 1, 0.05),
    Spec("seed", _W, _I, "-1", "The same seed gives the same reply; -1 is a new one each time.", -1, 2**32 - 1),
    Spec("repeat_penalty", _R, _F, "1.0", "Above 1 repeats less; 1 leaves it alone.", 0.1, 5, 0.05),
    Spec("repeat_last_n", _R, _I, "64", "How far back repetition counts; 0 never, -1 the context.", -1, 1_000_000, 16),
    Spec("presence_penalty", _R, _F, "0.0", "Above 0 avoids words that have come up at all.", -2, 2, 0.1),
    Spec("frequency_penalty", _R, _F, "0.0", "Above 0 avoids words the more often they came up.", -2, 2, 0.1),
    Spec("system", _A, Kind.TEXT, "none", "Instructions that stand before the chat."),
    Spec("think", _A, Kind.THINK, "on", "Whether the model thinks before it answers, and how much."),
    Spec("format", _A, Kind.FORMAT, "none", "Answers as JSON, or as a JSON schema says."),
    Spec("stop", _A, Kind.LIST, "none", "The reply ends before any of these texts."),
    Spec("num_predict", _A, _I, "-1", "At most this many tokens a reply; -1 until the model ends.", -1, 10_000_000, 64),
    Spec("num_ctx", _M, _I, "auto", "Tokens the model can look back on.", 4, 1 << 24, 1024, 4096, reloads=True),
    Spec("num_keep", _M, _I, "4", "First tokens that stay when a full context makes room.", -1, 1 << 24),
    Spec(
        "num_batch",
        _M,
        _I,
        "auto",
        "Tokens of the prompt read at once.",
        1,
        16_384,
        128,
        512,
        reloads=True,
    ),
    Spec(
        "num_gpu",
        _M,
        _I,
        "auto",
        "Layers on the GPU; 0: the CPU alone, -1: auto.",
        -1,
        10_000,
        1,
        0,
        reloads=True,
    ),
    Spec("main_gpu", _M, _I, "auto", "The GPU that holds what is not split.", 0, 63, 1, 0, reloads=True),
    Spec("num_thread", _M, _I, "auto", "Processor threads; 0 chooses.", 0, 1024, 1, 0, reloads=True),
    Spec("use_mmap", _M, Kind.FLAG, "auto", "Map the file into memory instead of reading it.", reloads=True),
    Spec("engine", _M, Kind.ENGINE, "auto", "The program that runs the model; auto goes by its file.", reloads=True),
    Spec("keep_alive", _M, Kind.DURATION, "5m", "How long the model stays loaded when idle."),
)
BY_KEY = {spec.key: spec for spec in SPECS}
APART = ("system", "keep_alive", "think", "format")  # not among the `options` of a request


def _number(value: float) -> str:
    return count(int(value)) if float(value).is_integer() else f"{value:g}"
