"""Prompts of a given length that no cache has seen."""

from __future__ import annotations

from random import SystemRandom

_TEXT = (
    "time year people way day man thing woman life child world school state family student group country problem hand "
    "part place case week company system program question work government number night point home water room mother "
    "area money story fact month lot right study book eye job word business issue side kind head house service friend "
    "father power hour game line end member law car city community name president team minute idea body information "
    "back parent face others level office door health person art war history party result change morning reason"
)
_WORDS = _TEXT.split()
_FIRST_GUESS = 1.1  # tokens of a word with its blank


class Prompts:
    """Texts of words drawn by chance: two of them have hardly a token in common at their beginning."""

    def __init__(self) -> None:
        self._draw = SystemRandom()
        self._tokens_per_word = _FIRST_GUESS

    def text(self, tokens: int) -> str:
        """A text of about so many tokens; how many exactly the backend tells with its answer."""
        return " ".join(self._draw.choices(_WORDS, k=max(1, round(tokens / self._tokens_per_word))))

    def learn(self, text: str, tokens: int) -> None:
        """The backend counted `tokens` tokens in `text`: later ones come closer to what is asked for."""
        self._tokens_per_word = max(tokens, 1) / len(text.split())
