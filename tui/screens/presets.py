"""The presets: apply, rename, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.parameter_values import one_line
from tui.presets import PresetError, check_name
from tui.quantity import fit
from tui.screens.confirm import Confirm
from tui.screens.dialog import Dialog
from tui.screens.enter_text import EnterText
from tui.terminal.sanitize import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from tui.presets import Preset, Presets

_NAMES = 24


class PresetList(Dialog[str]):
    """Dismissed with the name of the preset to apply. `presets` must be readable when it opens."""

    DEFAULT_CSS = """
    PresetList OptionList { max-height: 16; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "rename", show=False),
        Binding("d,delete", "delete", show=False),
    ]

    def __init__(self, presets: Presets) -> None:
        super().__init__()
        self._presets = presets

    def compose(self) -> ComposeResult:
        """One row a preset."""
        with Vertical(classes="dialog") as box:
            box.border_title = "Presets"
            box.border_subtitle = "Enter apply · r rename · d delete · Esc close"
            yield OptionList(markup=False)

    def on_mount(self) -> None:
        """All presets."""
        self._fill()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Apply it."""
        event.stop()
        self.dismiss(event.option_id)

    def action_rename(self) -> None:
        """Ask for another name."""
        name = self._chosen
        if not name:
            return

        def named(new: str | None) -> None:
            if new is not None:
                self._change(lambda: self._presets.rename(name, new))

        self.app.push_screen(EnterText("Rename a preset", f"Another name for {name}:", name, check=check_name), named)

    def action_delete(self) -> None:
        """Delete, once confirmed."""
        name = self._chosen
        if not name:
            return

        def decided(yes: bool | None) -> None:
            if yes:
                self._change(lambda: self._presets.delete(name))

        self.app.push_screen(Confirm("Delete a preset", f"Delete the preset {name}?"), decided)

    @property
    def _chosen(self) -> str:
        option = self.query_one(OptionList).highlighted_option
        return option.id or "" if option is not None else ""

    def _change(self, work: Callable[[], None]) -> None:
        try:
            work()
        except PresetError as error:
            self.query_one(".dialog").border_subtitle = Content.styled(clean_line(str(error)), "$error")
        else:
            self._fill()

    def _fill(self) -> None:
        rows = self.query_one(OptionList)
        place = rows.highlighted or 0
        presets = self._presets.all()
        rows.clear_options()
        rows.add_options([Option(_row(name, preset, self.room), id=name) for name, preset in presets.items()])
        if presets:
            rows.highlighted = min(place, len(presets) - 1)
        else:
            self.dismiss(None)


def _row(name: str, preset: Preset, width: int) -> Content:
    gap = " " * max(2, _NAMES - cell_len(name))
    about = ", ".join(f"{key} {one_line(value)}" for key, value in preset.items())
    return Content.assemble((name, "$accent"), gap, (fit(clean_line(about), width - _NAMES - 1), "$muted"))
