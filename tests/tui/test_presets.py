from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.parameter_specs import SPECS
from tui.parameter_values import from_wire
from tui.presets import PresetError, Presets

if TYPE_CHECKING:
    from pathlib import Path

    from tui.parameter_values import Value

VALUES: dict[str, Value] = {
    "temperature": 0.3,
    "top_k": 5,
    "stop": ("a\nb", 'say "x"'),
    "system": 'Be\n"brief".\\n',
    "think": "high",
    "use_mmap": False,
    "keep_alive": "-1",
    "format": "json",
}


def test_what_is_saved_is_there_for_another_app(tmp_path: Path) -> None:
    path = tmp_path / "puna" / "presets.toml"
    one, other = Presets(path), Presets(path)
    one.save("my preset", VALUES)
    other.save("b", {"seed": 1})
    assert one.all() == {"my preset": VALUES, "b": {"seed": 1}}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    one.rename("my preset", "first")
    assert list(other.all()) == ["first", "b"]
    with pytest.raises(PresetError, match="there is a preset b already"):
        one.rename("first", "b")
    other.delete("first")
    assert list(one.all()) == ["b"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a]\ntemprature = 1", "preset a: there is no parameter 'temprature'; did you mean temperature"),
        ("[a]\ntemperature = 9", "preset a: temperature must be a number from 0 to 5"),
        ('[a]\ntemperature = "hot"', "preset a: temperature is number from 0 to 5"),
        ("[a]\nstop = [1]", "preset a: stop is one text a line"),
        ("a = 1", "'a' is no preset"),
        ('["\\u001b[31m"]\nseed = 1', "is no preset"),
        ("[a", "cannot be read"),
    ],
)
def test_a_wrong_file_says_where_and_what(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "presets.toml"
    path.write_text(text)
    with pytest.raises(PresetError) as raised:
        Presets(path).all()
    assert message in str(raised.value)
    assert str(path) in str(raised.value)
    with pytest.raises(PresetError):
        Presets(path).save("b", {"seed": 1})
    assert path.read_text() == text


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PresetError, match="cannot be"):
        Presets(tmp_path / "file" / "presets.toml").save("a", {"seed": 1})


@pytest.mark.parametrize("name", ["", " a", "a" * 41, "a\nb", "[a]", "a/b"])
def test_a_name_is_checked(name: str) -> None:
    with pytest.raises(PresetError, match="name"):
        Presets().save(name, {"seed": 1})


def test_nothing_is_no_preset() -> None:
    with pytest.raises(PresetError, match="nothing is changed"):
        Presets().save("a", {})


@given(
    st.sampled_from([spec.key for spec in SPECS]),
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), st.lists, max_leaves=3),
)
def test_a_foreign_value_is_taken_whole_or_not_at_all(key: str, value: object) -> None:
    taken = from_wire(key, value)
    assert taken is None or (list(taken) if isinstance(taken, tuple) else taken) in (value, [value])
