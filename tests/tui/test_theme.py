from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.color import Color

from tui.theme import COLORS, DEFAULT, ThemeError, load_theme
from tui.theme_shelf import load_themes

if TYPE_CHECKING:
    from pathlib import Path

THEMES = load_themes()
HUES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
LEVELS = ("#000000", "#aa0000", "#00aa00", "#aa5500", "#0000aa", "#aa00aa", "#00aaaa", "#aaaaaa")
BRIGHT = ("#555555", "#ff5555", "#55ff55", "#ffff55", "#5555ff", "#ff55ff", "#55ffff", "#ffffff")
TEXTS = (*COLORS[:3], *COLORS[6:], "muted", "user", "model", "code")
GROUNDS = ("background", "surface", "panel", "selection")
# The terminal's own colours as the Linux console has them; others are brighter.
CONSOLE = {
    **{f"ansi_{hue}": level for hue, level in zip(HUES, LEVELS, strict=True)},
    **{f"ansi_bright_{hue}": level for hue, level in zip(HUES, BRIGHT, strict=True)},
}


def color(theme: str, key: str) -> Color:
    loaded = THEMES[theme]
    value = loaded.variables.get(key) or getattr(loaded, key)
    return Color.parse(CONSOLE.get(value, value))


def luminance(one: Color) -> float:
    parts = [part / 255 for part in (one.r, one.g, one.b)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Color, other: Color) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_every_text_can_be_read_on_every_ground(theme: str) -> None:
    poor = {}
    for text in TEXTS:
        for ground in GROUNDS:
            least = 4.0 if THEMES[theme].ansi and ground == "selection" else 4.5  # there are but sixteen to choose from
            if (ratio := contrast(color(theme, text), color(theme, ground))) < least:
                poor[text, ground] = round(ratio, 2)
    assert not poor


@pytest.mark.parametrize("theme", THEMES)
def test_what_is_selected_stands_out(theme: str) -> None:
    for text, ground in (("input-selection-foreground", "input-selection-background"), ("background", "accent")):
        assert contrast(color(theme, text), color(theme, ground)) >= 4.5
    assert contrast(color(theme, "selection"), color(theme, "background")) >= 1.15


def test_the_default_comes_first() -> None:
    assert list(THEMES) == [
        DEFAULT,
        *("ichu", "puna-ansi", "puna-contrast", "puna-light", "puna-mono", "salar"),
    ]


def test_one_theme_uses_the_terminal_s_own_colours_alone() -> None:
    assert [name for name, theme in THEMES.items() if theme.ansi] == ["puna-ansi"]


def test_one_theme_has_no_hue() -> None:
    theme = THEMES["puna-mono"]
    values = [getattr(theme, key) for key in COLORS] + list(theme.variables.values())
    colors = [Color.parse(value) for value in values if value.startswith("#")]
    assert all(one.r == one.g == one.b for one in colors)


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
        (source(colors_primary='"ansi_red"'), "'ansi_red' stands beside #rrggbb"),
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
