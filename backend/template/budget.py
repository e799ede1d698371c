"""What one rendering may cost. A template comes from strangers (threats.md, "Templates")."""

from __future__ import annotations

from dataclasses import dataclass

from backend.template.errors import fail

NESTING = 60  # levels of blocks, parentheses and template calls: far from the interpreter's own limit
STEPS = 1_000_000
CHARACTERS = 32 << 20  # of output and of every text made on the way
_UNITS_PER_STEP = 256  # characters or items that cost as much as one node


@dataclass(slots=True)
class Budget:
    """Counts down; raises `BadTemplate` when something is used up. `line` is where the rendering stands."""

    steps: int = STEPS
    characters: int = CHARACTERS
    depth: int = 0
    line: int = 1

    def work(self, size: int = 0) -> None:
        """One step, and more for handling `size` characters or items."""
        self.steps -= 1 + size // _UNITS_PER_STEP
        if self.steps < 0:
            raise fail(self.line, "the template does too much work")

    def made(self, size: int) -> None:
        """A text of `size` characters was or is about to be made."""
        self.characters -= size
        if self.characters < 0:
            raise fail(self.line, "the template makes too much text")

    def enter(self) -> None:
        self.depth += 1
        if self.depth > NESTING:
            raise fail(self.line, f"exceeded maximum template depth ({NESTING})")

    def leave(self) -> None:
        self.depth -= 1
