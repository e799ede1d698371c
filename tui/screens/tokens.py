"""The tokens of a reply: how likely each was, what else could have been, and going on from there with another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.actions.action import Scope
from tui.actions.registry import bindings
from tui.quantity import bar, count, fit
from tui.screens.speaking import SpeakingDialog
from tui.tokens.chances import completed, is_chosen, level, percentage, probability, quoted, refusal
from tui.tokens.field import TokenField
from tui.workspace import shown_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from backend.wire.ollama import TokenLogprob
    from backend.wire.sessions import MessageToken, MessageView
    from tui.actions.keymap import Keymap

_MOVES, _CLOSE = "← → token · ↑ ↓ choose · ", " · Esc close"
_TEXT_WIDTH = 24
_BAR_WIDTH = 20
_LEGEND = (("sure", "≥90 %"), ("likely", "≥60 %"), ("open", "≥30 %"), ("unlikely", "≥10 %"), ("rare", "<10 %"))
_LOOKS = {
    "sure": "$foreground",
    "likely": "$success",
    "open": "underline $warning",
    "unlikely": "underline $error",
    "rare": "bold underline $error",
}


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the user wants the reply to begin with."""

    text: str


class Tokens(SpeakingDialog[Beginning]):
    """Of a reply that has log probabilities. Dismissed with the beginning to go on from."""

    DEFAULT_CSS = """
    Tokens {
        #token-chances { height: 9; border-top: solid $line; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "choose(-1)", show=False),
        Binding("down", "choose(1)", show=False),
        *bindings(Scope.TOKENS),
    ]

    def __init__(self, message: MessageView, tokens: Sequence[MessageToken], keys: Keymap) -> None:
        super().__init__()
        self._keys = keys
        self._message = message
        self._tokens = tokens
        self._chosen = 0
        self.field = TokenField(message, tokens)

    def compose(self) -> ComposeResult:
        """The reply above, the alternatives at the cursor below."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content(f"Tokens · {shown_name(self._message.model)}")
            room = self.app.size.width - cell_len(_MOVES + _CLOSE) - 6
            box.border_subtitle = f"{_MOVES}{self._keys.hints(Scope.TOKENS, room)}{_CLOSE}"
            yield self.field
            yield Static(id="token-chances", markup=False)
            yield Static(_legend(), classes="said", markup=False)

    def on_mount(self) -> None:
        """The keys work at once."""
        self.field.focus()
        self._choose_first()
        self._show()

    def on_token_field_moved(self, event: TokenField.Moved) -> None:
        """Another token: its own alternatives."""
        event.stop()
        self._choose_first()
        self.query_one(".said", Static).update(_legend())
        self._show()

    def choose(self, step: int) -> None:
        """Another alternative at the cursor."""
        count_of = len(self._alternatives())
        self._chosen = max(0, min(self._chosen + step, count_of - 1))
        self._show()

    def move_to_doubt(self, way: int) -> None:
        """The next token that was not likely, or the one before; says if there is none."""
        if not self.field.move_to_doubt(way):
            self.say("no unlikely token " + ("after" if way > 0 else "before") + " this one")

    def action_choose(self, step: int) -> None:
        """Key: another alternative."""
        self.choose(step)

    def refusal(self) -> str | None:
        """Why the reply cannot go on from what is chosen, or `None`."""
        alternatives = self._alternatives()
        if not alternatives:
            return "there is no alternative at the cursor"
        return refusal(self._tokens[self.field.cursor], alternatives[self._chosen])

    def take(self) -> None:
        """Go on with what is chosen. Only when `refusal` has nothing to say."""
        token = self._tokens[self.field.cursor]
        raw = completed(token, self._alternatives()[self._chosen])
        self.dismiss(Beginning(self._message.content[: token.start] + raw.decode()))

    def _choose_first(self) -> None:
        """The likeliest that is not in the reply already."""
        places = [
            place
            for place, each in enumerate(self._alternatives())
            if not is_chosen(self._tokens[self.field.cursor], each)
        ]
        self._chosen = places[0] if places else 0

    def _alternatives(self) -> list[TokenLogprob]:
        return list(self._tokens[self.field.cursor].top_logprobs) if self.field.cursor >= 0 else []

    def _show(self) -> None:
        self.query_one("#token-chances", Static).update(self._chances())

    def _chances(self) -> Content:
        cursor = self.field.cursor
        if cursor < 0:
            return Content.styled("None of this text has probabilities.", "$muted")
        token = self._tokens[cursor]
        facts = f"{percentage(token.logprob)} · token {count(cursor + 1)} of {count(len(self._tokens))}"
        room = self.app.size.width - 6
        name = fit(quoted(token.token, bytes(token.bytes)), max(room - cell_len(facts) - 3, 8))
        lines = [Content.assemble((name, "bold"), "   ", (facts, "$muted"))]
        alternatives = self._alternatives()
        first = max(0, self._chosen - 6)
        for place, each in enumerate(alternatives[first : first + 7], first):
            lines.append(self._line(token, each, chosen=place == self._chosen))
        return Content("\n").join(lines)

    def _line(self, token: MessageToken, each: TokenLogprob, *, chosen: bool) -> Content:
        raw = completed(token, each)
        try:
            name = quoted(raw.decode(), raw) if each.token else quoted("", b"")
        except UnicodeDecodeError:
            name = quoted(each.token, bytes(each.bytes))
        name = fit(name, _TEXT_WIDTH)
        name += " " * (_TEXT_WIDTH - cell_len(name))
        look = _LOOKS[level(each.logprob).value[0]]
        note = "in the reply" if is_chosen(token, each) else (refusal(token, each) or "") if each.token else ""
        room = self.app.size.width - _TEXT_WIDTH - _BAR_WIDTH - 18
        text = Content.assemble(
            "▸ " if chosen else "  ",
            (name, look),
            f" {percentage(each.logprob):>7} ",
            (bar(probability(each.logprob), _BAR_WIDTH), "$primary"),
            (f" {fit(note, room)}", "$muted"),
        )
        return text.stylize("bold on $selection") if chosen else text


def _legend() -> Content:
    return Content("  ").join(Content.styled(words, _LOOKS[name]) for name, words in _LEGEND)
