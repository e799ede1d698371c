"""Keys as people write them, as Textual names them, and as they stand on the keyboard."""

from __future__ import annotations

# What tmux, GNU screen and flow control may keep for themselves, and what tmux cannot tell from Enter.
TAKEN = {
    "ctrl+b": "tmux",
    "ctrl+a": "screen",
    "ctrl+s": "flow control",
    "ctrl+q": "flow control",
    "shift+enter": "tmux",
}
# Keys that move in every list and text, and whatever a terminal sends as one of these.
MOVING = frozenset({"up", "down", "left", "right", "pageup", "pagedown", "home", "end", "tab", "shift+tab"})
SAME = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+left_square_bracket": "escape"}

_SIGNS = {
    "?": "question_mark",
    ":": "colon",
    ".": "full_stop",
    ",": "comma",
    ";": "semicolon",
    "/": "slash",
    "\\": "backslash",
    "-": "minus",
    "_": "underscore",
    "=": "equals_sign",
    "!": "exclamation_mark",
    "@": "at",
    "#": "number_sign",
    "$": "dollar_sign",
    "%": "percent_sign",
    "&": "ampersand",
    "*": "asterisk",
    "(": "left_parenthesis",
    ")": "right_parenthesis",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
    "{": "left_curly_bracket",
    "}": "right_curly_bracket",
    "<": "less_than_sign",
    ">": "greater_than_sign",
    "|": "vertical_line",
    "~": "tilde",
    "^": "circumflex_accent",
    "`": "grave_accent",
    "'": "apostrophe",
    '"': "quotation_mark",
    "+": "plus",
}
_SIGN_OF = {name: sign for sign, name in _SIGNS.items()}
_NAMED = {
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "tab": "Tab",
    "backspace": "Backspace",
    "delete": "Del",
    "insert": "Ins",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
}
_ALIASES = {shown.lower(): name for name, shown in _NAMED.items()} | {"return": "enter", "page-up": "pageup"}
_FUNCTION = {f"f{number}" for number in range(1, 25)}
_MODIFIERS = ("ctrl", "alt", "shift")
_KNOWN = (*_NAMED, *_FUNCTION, *_ALIASES, *_SIGN_OF)


def parse_key(text: str) -> str:
    """A key as Textual names it: `Ctrl+N` → `ctrl+n`, `?` → `question_mark`. Raises `ValueError` naming the nearest."""
    text = text.strip()
    *modifiers, last = text.split("+") if text != "+" and not text.endswith("++") else [*text[:-2].split("+"), "+"]
    modifiers = [modifier.lower() for modifier in modifiers if modifier]
    for modifier in modifiers:
        if modifier not in _MODIFIERS:
            raise ValueError(f"there is no key {text!r}; modifiers are Ctrl, Alt and Shift")
    if len(last) == 1 and last.isascii() and last.isalnum():
        name = last.lower() if modifiers else last
    elif last.lower() in _FUNCTION or last.lower() in _NAMED or last.lower() in _SIGN_OF:
        name = last.lower()
    elif last in _SIGNS:
        name = _SIGNS[last]
    elif last.lower() in _ALIASES:
        name = _ALIASES[last.lower()]
    else:
        from difflib import get_close_matches

        near = get_close_matches(last.lower(), _KNOWN, n=1, cutoff=0.5)
        raise ValueError(f"there is no key {text!r}" + (f"; did you mean {key_name(near[0])}?" if near else ""))
    ordered = [modifier for modifier in _MODIFIERS if modifier in modifiers]
    if ordered == ["shift"] and len(name) == 1:
        return name.upper()
    key = "+".join([*ordered, name])
    return SAME.get(key, key)


def works_while_typing(key: str) -> bool:
    """Whether a key is no text, so that it may work while text is typed."""
    return key in _FUNCTION or key.startswith(("ctrl+", "alt+"))


def key_name(key: str) -> str:
    """A key as it stands on the keyboard: `Ctrl+N`, `F2`, `?`."""
    *modifiers, last = key.split("+")
    if last in _NAMED:
        last = _NAMED[last]
    elif last in _SIGN_OF:
        last = _SIGN_OF[last]
    elif modifiers or last in _FUNCTION:
        last = last.upper()
    return "+".join([*(modifier.capitalize() for modifier in modifiers), last])
