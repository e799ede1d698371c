"""tmux and GNU screen, which stand between the app and the terminal."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCREEN_STRING = 760  # bytes of one string that GNU screen hands through (its MAXSTR is 768)


class Multiplexer(Enum):
    """What the app runs in, the innermost one."""

    NONE = "none"
    TMUX = "tmux"
    SCREEN = "screen"

    @classmethod
    def around(cls, environment: Mapping[str, str]) -> Multiplexer:
        """By the variables they set; over SSH only `TERM` is left of them, and `screen` may then mean either."""
        term = environment.get("TERM", "")
        if "TMUX" in environment or term.startswith("tmux"):
            return cls.TMUX
        return cls.SCREEN if "STY" in environment or term.startswith("screen") else cls.NONE

    def through(self, sequence: str) -> str:
        """A sequence for the terminal behind, wrapped so that the multiplexer hands it on.

        tmux does so only with `allow-passthrough on`; screen takes it in short pieces.
        """
        if self is Multiplexer.TMUX:
            return f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}\x1b\\"
        if self is Multiplexer.SCREEN:
            pieces = [sequence[at : at + _SCREEN_STRING] for at in range(0, len(sequence), _SCREEN_STRING)]
            return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
        return sequence
