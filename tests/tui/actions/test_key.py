from __future__ import annotations

import pytest

from tui.actions.key import key_name, parse_key


@pytest.mark.parametrize(
    ("text", "key", "name"),
    [
        ("Ctrl+N", "ctrl+n", "Ctrl+N"),
        ("ctrl+x", "ctrl+x", "Ctrl+X"),
        ("F2", "f2", "F2"),
        ("f12", "f12", "F12"),
        ("?", "question_mark", "?"),
        ("question_mark", "question_mark", "?"),
        ("m", "m", "m"),
        ("M", "M", "M"),
        ("shift+m", "M", "M"),
        ("Alt+Enter", "alt+enter", "Alt+Enter"),
        ("alt+1", "alt+1", "Alt+1"),
        ("Esc", "escape", "Esc"),
        ("Del", "delete", "Del"),
        ("PgUp", "pageup", "PgUp"),
        ("+", "plus", "+"),
        ("ctrl++", "ctrl+plus", "Ctrl++"),
        ("alt+ctrl+k", "ctrl+alt+k", "Ctrl+Alt+K"),
        ("ctrl+m", "enter", "Enter"),
        ("ctrl+i", "tab", "Tab"),
    ],
)
def test_a_key_is_read_and_named(text: str, key: str, name: str) -> None:
    assert parse_key(text) == key
    assert key_name(key) == name
    assert parse_key(name) == key


@pytest.mark.parametrize(
    ("text", "message"),
    [("Entr", "did you mean Enter?"), ("Cmd+N", "modifiers are Ctrl, Alt and Shift"), ("", "no key"), ("é", "no key")],
)
def test_an_unknown_key_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="no key") as error:
        parse_key(text)
    assert message in str(error.value)
