"""How a cell looks, as a terminal is told: the parameters of SGR (ECMA-48, 8.3.117), and the way from one to another.

A pen is the parameters joined by semicolons, such as `1;38;2;255;0;0`; empty is the terminal's default. The target of
a link is no part of it: what a model writes must not hide an address behind a text.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.color import Color, ColorSystem
from textual.strip import Strip

if TYPE_CHECKING:
    from rich.style import Style

RESET = "\x1b[m"
_CANCEL = {  # attribute → what ends it
    "1": "22",
    "2": "22",
    "3": "23",
    "4": "24",
    "5": "25",
    "6": "25",
    "7": "27",
    "8": "28",
    "9": "29",
    "21": "24",
    "51": "54",
    "52": "54",
    "53": "55",
}
_SEEN_ON_BLANKS = frozenset({"4", "7", "9", "21", "51", "52", "53"})
_EXTENDED = {"5": 3, "2": 5}  # parameters of a colour of the palette and of a true one, with their 38 or 48


def pen_of(style: Style | None, colors: ColorSystem) -> str:
    """The pen of a style, in the colours the terminal has."""
    if style is None:
        return ""
    ansi: str | None = style._ansi  # where Textual and Rich keep it
    return Strip.render_ansi(style, colors) if ansi is None else ansi


@lru_cache(maxsize=4096)
def change(before: str, after: str) -> str:
    """The shortest sequence known here that makes pen `after` of pen `before`."""
    if before == after:
        return ""
    if not after:
        return RESET
    whole = f"\x1b[0;{after}m" if before else f"\x1b[{after}m"
    old, new = _parts(before), _parts(after)
    if (old[1] and not new[1]) or (old[2] and not new[2]):
        return whole  # a terminal's default colour has a parameter of its own, but not every terminal knows it
    ended = dict.fromkeys(_CANCEL.get(code, "0") for code in old[0] if code not in new[0])
    if "0" in ended:
        return whole
    begun = [code for code in new[0] if code not in old[0] or _CANCEL[code] in ended]
    colours = [code for code, known in ((new[1], old[1]), (new[2], old[2])) if code != known]
    codes = ";".join([*ended, *begun, *colours])
    return min(whole, f"\x1b[{codes}m", key=len) if codes else ""


@lru_cache(maxsize=4096)
def seen_on_blanks(pen: str) -> bool:
    """Whether a blank shows more of a pen than the colour behind it, such as a line."""
    return not _SEEN_ON_BLANKS.isdisjoint(_parts(pen)[0])


@lru_cache(maxsize=4096)
def blank(pen: str) -> str:
    """The least pen in which a blank looks the same: of most, all that is seen is the colour behind it."""
    return pen if seen_on_blanks(pen) else _parts(pen)[2]


@lru_cache(maxsize=4096)
def thrifty(pen: str) -> str:
    """The pen with its text in the nearest colour of the palette of 256, which takes half the bytes to tell."""
    attributes, text, behind = _parts(pen)
    if not text.startswith("38;2;"):
        return pen
    red, green, blue = (int(part) for part in text.split(";")[2:])
    nearest = Color.from_rgb(red, green, blue).downgrade(ColorSystem.EIGHT_BIT)
    return ";".join(filter(None, [*attributes, *nearest.get_ansi_codes(), behind]))


def _parts(pen: str) -> tuple[list[str], str, str]:
    """Attributes, colour of the text, colour behind it."""
    attributes: list[str] = []
    text = behind = ""
    codes = pen.split(";") if pen else []
    while codes:
        length = _EXTENDED.get(codes[1], 1) if codes[0] in ("38", "48") and len(codes) > 1 else 1
        code, codes = ";".join(codes[:length]), codes[length:]
        number = int(code.partition(";")[0])
        if number == 38 or 30 <= number <= 37 or 90 <= number <= 97 or number == 39:
            text = code
        elif number == 48 or 40 <= number <= 47 or 100 <= number <= 107 or number == 49:
            behind = code
        else:
            attributes.append(code)
    return attributes, text, behind
