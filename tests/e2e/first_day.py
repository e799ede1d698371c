"""What somebody does with Puna on the first day, by keys alone. Each step is seen on the screen before the next.

`TRIAL_CAPTURES` names a folder that then gets each step as text and as a picture.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from tests.e2e.tmux import Tmux

_CAPTURES = os.environ.get("TRIAL_CAPTURES")
_DONE = r"\d+ tokens? · [\d.,]+ tok/s"


@dataclass(slots=True)
class FirstDay:
    """`puna` is the app, already started with an empty store."""

    puna: Tmux
    size: tuple[int, int]
    steps: list[str] = field(default_factory=list)

    def begins_with_an_empty_store(self) -> None:
        """The welcome is there; one Enter takes the default model."""
        self.puna.until("Welcome to Puna")
        self._keep("first-start")
        self.puna.keys("Enter")
        self.puna.until("is ready for your first message")
        self._keep("ready")

    def chats(self) -> None:
        """A question and its reply, which the model is not to spin out."""
        self.puna.type("/set parameter num_predict 40")
        self.puna.keys("Enter")
        self.puna.until("Set parameter 'num_predict' to '40'")
        self._say("Name three colours.")
        self._keep("chat")

    def changes_the_temperature(self) -> None:
        """By the parameters pane; the next message uses it."""
        self.puna.keys("F4")
        self.puna.until("e change")  # the pane has the keys
        self.puna.keys("Enter")
        self.puna.until("Allowed")
        self.puna.type("0")
        self._keep("temperature")
        self.puna.keys("Enter")
        self.puna.until("temperature is 0")
        self.puna.keys("F5")
        self._say("Name three animals.")

    def branches_at_the_first_message(self) -> None:
        """The first message is written anew; both branches stay."""
        self._leave_prompt()
        self.puna.keys("[", "[", "[", "[", "e")
        self.puna.until("a branch begins here")
        self.puna.keys("C-u")
        self._say("Name three rivers.")
        self.puna.until("2/2")
        self._keep("branch")

    def compares_with_a_second_model(self, gguf: Path) -> None:
        """The second model is a file on this machine."""
        self.puna.keys("F6")
        self.puna.until("Get a model")
        self.puna.keys("Down", "Down")
        self.puna.until("the path of a .gguf file")
        self.puna.type(str(gguf))
        self.puna.keys("Enter")
        self.puna.until_gone("Get a model")
        self.puna.until(f"{gguf.stem} is here")
        self.puna.keys("C-o")
        self.puna.until("Compare")
        self.puna.type("The capital of France is")
        self.puna.keys("Enter")
        self.puna.until(r"tok/s[\s\S]*tok/s")
        self._keep("compare")
        self.puna.keys("Escape")
        self.puna.until_gone("Compare")

    def searches_all_chats(self) -> None:
        """A word of the first message finds the chat."""
        self.puna.keys("C-r")
        self.puna.until("Search")
        self.puna.type("colours")
        self.puna.until(r"\d found")
        self._keep("search")
        self.puna.keys("Down", "Enter")  # behind the title, the message itself
        self.puna.until(r"you +1/2")

    def copies(self) -> None:
        """The chosen message goes to the terminal's clipboard."""
        self.puna.keys("y")
        payload = self.puna.until_written(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)")[1]
        assert b"Name three colours" in base64.b64decode(payload)
        self._keep("copy")

    def pulls(self, source: str) -> None:
        """Another model, from a registry, in the queue of downloads."""
        self.puna.keys("F6")
        self.puna.until("Get a model")
        self.puna.keys("Down")
        self.puna.until(r"llama3.2:1b, hf.co/USER/REPO or pip://NAME")
        self.puna.type(source)
        self._keep("pull")
        self.puna.keys("Enter")
        self.puna.until_gone("Get a model")
        self.puna.keys("C-l")
        self.puna.until(r"tiny")
        self._keep("downloads")
        self.puna.keys("Escape")

    def unloads(self) -> None:
        """Everything that is loaded, in the pane of what runs."""
        self.puna.keys("F3")
        self.puna.until("ready")
        self._keep("running")
        self.puna.keys("U")
        self.puna.keys("y")
        self.puna.until("Nothing is loaded")

    def changes_the_theme(self) -> None:
        """The chooser shows each theme at once."""
        self.puna.keys("F8")
        self.puna.until("puna-light")
        self.puna.keys("Down")
        self._keep("theme")
        self.puna.keys("Enter")
        self.puna.until_gone("accent good careful wrong")

    def asks_for_help(self) -> None:
        """All keys."""
        self.puna.keys("F1")
        self.puna.until("Help")
        self._keep("help")
        self.puna.keys("Escape")

    def _say(self, text: str) -> None:
        self.puna.type(text)
        self.puna.keys("Enter")
        self.puna.until("Esc stops")
        self.puna.until_gone("Esc stops")
        self.puna.until(_DONE)

    def _leave_prompt(self) -> None:
        """Escape alone: with a key right behind it, it would be Alt and that key."""
        self.puna.keys("Escape")
        self.puna.until(r"\? help")

    def _keep(self, name: str) -> None:
        """Keep the screen as text and as a picture, if somebody wants them."""
        self.steps.append(name)
        if _CAPTURES is None:
            return
        place = Path(_CAPTURES) / f"{self.size[0]}x{self.size[1]}"
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"{len(self.steps):02}-{name}"
        path.with_suffix(".txt").write_text(self.puna.text())
        console = Console(
            record=True, width=self.size[0], file=StringIO(), force_terminal=True, color_system="truecolor"
        )
        console.print(Text.from_ansi(self.puna.styled().rstrip("\n")), no_wrap=True, crop=False)
        console.save_svg(str(path.with_suffix(".svg")), title="puna")
