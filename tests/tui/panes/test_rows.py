from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App
from textual.content import Content

from tests.tui.panes.test_devices import device_rows_of
from tests.tui.panes.test_running import running_rows
from tests.tui.scripted import model
from tui.panes.models import model_row
from tui.panes.parameters import explanation, parameter_row
from tui.panes.rows import Row, Rows
from tui.parameters import Parameters, Source

if TYPE_CHECKING:
    from textual.app import ComposeResult

FOREIGN = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("[]/\x1b\u009b\n\t宽")), max_size=40)


class Holder(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.rows = Rows()

    def compose(self) -> ComposeResult:
        yield self.rows

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return {"muted": "#888888", "selection": "#333333", "line": "#444444"}


def rows(*keys: str) -> list[Row]:
    return [(key, Content(f"row {key}")) for key in keys]


async def test_the_cursor_stays_on_its_row_while_rows_come_and_go() -> None:
    app = Holder()
    async with app.run_test() as pilot:
        app.rows.show(rows("a", "b", "c"), "nothing")
        app.rows.focus()
        await pilot.press("down")
        assert app.rows.chosen == "b"
        app.rows.show(rows("new", "a", "b"), "nothing")
        assert app.rows.chosen == "b"
        app.rows.show(rows("new", "a"), "nothing")
        assert app.rows.chosen == "a"


async def test_no_rows_are_a_sentence_that_cannot_be_chosen() -> None:
    app = Holder()
    async with app.run_test() as pilot:
        app.rows.show([], "nothing")
        await pilot.pause()
        assert app.rows.chosen == ""
        app.rows.show(rows("a"), "nothing")
        assert app.rows.chosen == "a"


async def test_a_changed_text_replaces_only_its_row() -> None:
    app = Holder()
    async with app.run_test():
        app.rows.show(rows("a", "b"), "nothing")
        kept = app.rows.options[0]
        app.rows.show([rows("a")[0], ("b", Content("other"))], "nothing")
        assert app.rows.options[0] is kept
        assert str(app.rows.options[1].prompt) == "other"


@given(FOREIGN, FOREIGN, st.integers(20, 60))
def test_no_foreign_text_brings_control_characters_markup_or_width(name: str, other: str, width: int) -> None:
    parameters = Parameters(own={"system": other, "stop": (name, other)})
    contents = [
        model_row(model(name, level=other, parameters=name), width, loaded=True, used=True)[1],
        *(row[1] for row in running_rows(name, other, width)),
        *(row[1] for row in device_rows_of(name, width)),
        parameter_row(parameters.row("system"), width)[1],
        parameter_row(parameters.row("stop"), width)[1],
        explanation(parameters.row("stop")),
    ]
    for content in contents:
        assert not any(
            (ord(character) < 32 and character != "\n") or 0x7F <= ord(character) < 0xA0 for character in content.plain
        )
    for content in contents[1:-1]:
        assert all(cell_len(line) <= width for line in content.plain.split("\n"))


def test_a_model_says_size_quantisation_and_whether_it_is_loaded() -> None:
    key, content = model_row(model("tiny:latest", 1_234_000_000), 30, loaded=True, used=True)
    assert key == "tiny:latest"
    assert content.plain.split("\n") == ["> tiny" + " " * 23 + "●", "  1.2 GB · Q4_1 · 134.52M"]
    assert "●" not in model_row(model("tiny"), 30, loaded=False, used=False)[1].plain


def test_a_parameter_shows_its_source() -> None:
    parameters = Parameters(own={"top_k": 3}, model={"top_p": 0.5})
    assert parameter_row(parameters.row("top_k"), 20)[1].plain == "top_k            3 ●"
    assert parameter_row(parameters.row("top_p"), 20)[1].plain == "top_p          0.5 ○"
    assert parameters.row("top_k").source is Source.OWN
    assert "Backspace resets" in explanation(parameters.row("top_k")).plain
