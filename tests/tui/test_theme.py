from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.color import Color

from tui.theme import COLORS, DEFAULT, ThemeError, load_theme, load_themes

if TYPE_CHECKING:
    from pathlib import Path

THEMES = load_themes()
TEXTS = (*COLORS[:3], *COLORS[6:], "muted", "user", "model", "code")
GROUNDS = ("background", "surface", "panel", "selection")


def color(theme: str, key: str) -> Color:
    loaded = THEMES[theme]
    return Color.parse(loaded.variables.get(key) or getattr(loaded, key))


def luminance(one: Color) -> float:
    parts = [part / 255 for part in (one.r, one.g, one.b)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Color, other: Color) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_every_text_can_be_read_on_every_ground(theme: str) -> None:
    poor = {
        (text, ground): round(contrast(color(theme, text), color(theme, ground)), 2)
        for text in TEXTS
        for ground in GROUNDS
        if contrast(color(theme, text), color(theme, ground)) < 4.5
    }
    assert not poor


def test_there_are_three_and_the_default_comes_first() -> None:
    assert list(THEMES) == [DEFAULT, "puna-contrast", "puna-light"]


def test_high_contrast_is_at_least_seven_to_one() -> None:
    for text in TEXTS:
        assert contrast(color("puna-contrast", text), color("puna-contrast", "background")) >= 7


def source(**changes: str) -> str:
    colors = (
        "primary secondary accent background surface panel foreground success warning error".split()  # noqa: SIM905
    )
    lines = {"name": '"mine"', "dark": "true"} | {key: value for key, value in changes.items() if "_" not in key}
    table = {f"colors_{key}": '"#123456"' for key in colors}
    table |= {f"variables_{key}": '"#123456"' for key in ("muted", "line", "selection", "user", "model", "code")}
    table |= {key: value for key, value in changes.items() if "_" in key}
    text = "\n".join(f"{key} = {value}" for key, value in lines.items())
    for section in ("colors", "variables"):
        text += f"\n[{section}]\n"
        text += "\n".join(
            f"{key.removeprefix(section + '_')} = {value}"
            for key, value in table.items()
            if key.startswith(section) and value
        )
    return text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (source(colors_primary='"green"'), "colors.primary"),
        (source(colors_primary=""), "colors.primary"),
        (source(variables_muted="3"), "variables.muted"),
        (source(colors_shiny='"#123456"'), "colors.shiny"),
        (source(name='"No Spaces"'), "'name'"),
        (source(dark='"yes"'), "'dark'"),
        (source(colour='"#123456"'), "unknown key 'colour'"),
        ("name = ", "cannot be read"),
        ('name = "mine"\ndark = true', "'colors'"),
        ("# " + "x" * 70_000, "larger than"),
    ],
)
def test_a_wrong_file_is_named_with_its_key(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ThemeError) as error:
        load_theme(path)
    assert str(path) in str(error.value)
    assert message in str(error.value)


def test_a_right_file_is_a_theme(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(source())
    assert load_theme(path).name == "mine"


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ThemeError, match="cannot be read"):
        load_theme(tmp_path / "none.toml")


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    for number in range(101):
        (tmp_path / f"{number}.toml").touch()
    with pytest.raises(ThemeError, match="at most 100"):
        load_themes(tmp_path)
