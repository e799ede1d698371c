"""The backend's queue of downloads: how far each is, why it waits, and what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from tui.actions.action import Scope
from tui.actions.registry import bindings
from tui.panes.models import fitting_name
from tui.panes.rows import Row, Rows
from tui.quantity import bar, clock, fit, percent, size
from tui.screens.dialog import Dialog
from tui.terminal.sanitize import clean, clean_line

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from backend.wire.downloads import DownloadView
    from tui.actions.keymap import Keymap
    from tui.workspace import Workspace

_CLOSE = " · Esc close"
_EMPTY = "Nothing is being downloaded.\n{add} gets a model: from a registry, the Python index, or a file."
# By state: a mark that needs no colour, its colour, and the words for a download that does not move.
_LOOKS = {
    "waiting": ("·", "$muted", "waits for its turn"),
    "running": ("↓", "$primary", ""),
    "stalled": ("!", "$warning", "stalled"),
    "paused": ("=", "$muted", "paused"),
    "failed": ("✗", "$error", "failed"),
    "done": ("✓", "$success", "is here"),
}
_ADVICE = {
    "waiting": "It begins when those before it are done; {up} brings it forward.",
    "running": "It goes on without the app.",
    "stalled": "It is tried again by itself; {retry} tries now, {cancel} cancels.",
    "paused": "{pause} goes on.",
    "failed": "{retry} tries again, {cancel} gives it up.",
    "done": "{use} chats with it, {cancel} takes it off the list.",
}
# What helps against a reason, by words that it carries.
_REMEDIES = (
    ("file does not exist", "There is no model of that name: {cancel} takes it off the list, {add} asks for another."),
    ("disk is full", "Make room, for example in {models} with {delete}; then {retry} tries again."),
    ("unauthorized", "The registry does not let this machine read it: check the name and your access."),
)
_AGAIN = "{pause} begins again: a package of the Python index comes in one piece."


class _List(Rows):
    """The list itself, which has the focus: its keys come before those that any list has."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.DOWNLOADS)


class Downloads(Dialog[None]):
    """The list follows the snapshots; the lines below it are about the download under the cursor."""

    DEFAULT_CSS = """
    Downloads {
        #downloads-list { height: auto; max-height: 16; padding: 0; background: $surface; }
        #downloads-about { margin-top: 1; min-height: 3; color: $muted; }
    }
    """

    def __init__(self, workspace: Workspace, keys: Keymap) -> None:
        super().__init__()
        self._workspace = workspace
        self._keys = keys
        self._rows = _List(id="downloads-list")
        self._about = Static(id="downloads-about", markup=False)

    def compose(self) -> ComposeResult:
        """The queue over what is known about one of it."""
        with Vertical(classes="dialog") as box:
            box.border_title = "Downloads"
            box.border_subtitle = self._keys.hints(Scope.DOWNLOADS, self.room - len(_CLOSE)) + _CLOSE
            yield self._rows
            yield self._about

    def on_mount(self) -> None:
        """The keys work at once."""
        self._rows.focus()
        self.refresh_rows()

    @property
    def chosen(self) -> DownloadView | None:
        """The download under the cursor."""
        return next((item for item in self._workspace.downloads if item.id == self._rows.chosen), None)

    def refresh_rows(self) -> None:
        """Show what the last snapshot tells."""
        downloads = self._workspace.downloads
        self._rows.show([download_row(item, self.room) for item in downloads], _EMPTY.format(**_names(self._keys)))
        self._explain()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """The lines below follow the cursor."""
        event.stop()
        self._explain()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click only selects."""
        event.stop()

    def _explain(self) -> None:
        self._about.update(about(self.chosen, self._keys) if self.chosen is not None else Content(""))


def download_row(item: DownloadView, width: int) -> Row:
    """Two lines: name and figures, then a bar or what it waits for."""
    mark, style, words = _LOOKS.get(item.state, _LOOKS["waiting"])
    facts = _amount(item)
    name = fitting_name(item.model, width - cell_len(facts) - 5)
    gap = " " * max(1, width - cell_len(name) - cell_len(facts) - 3)
    first = Content.assemble((mark, style), " ", (name, "bold"), gap, (facts, "$muted"))
    return item.id, Content.assemble(first, "\n  ", _second(item, width - 3, style, words))


def about(item: DownloadView, keys: Keymap) -> Content:
    """Where it comes from, why it does not move, and what can be done."""
    lines = [Content(f"from {clean_line(item.source)}")]
    if item.reason:
        lines.append(Content.styled(clean(item.reason).strip(), "$error" if item.state == "failed" else "$warning"))
    lines.append(Content(_advice(item).format(**_names(keys))))
    return Content("\n").join(lines)


def _names(keys: Keymap) -> dict[str, str]:
    """The keys that the sentences name."""
    own = {name: keys.name(f"downloads.{name}") for name in ("add", "up", "pause", "retry", "cancel", "use")}
    return own | {"models": keys.name("pane.models", typing=True), "delete": keys.name("models.delete")}


def _advice(item: DownloadView) -> str:
    if item.state == "failed":
        return next((remedy for words, remedy in _REMEDIES if words in item.reason), _ADVICE["failed"])
    if item.state == "paused" and item.source.startswith("pip://"):
        return _AGAIN
    return _ADVICE.get(item.state, "")


def _amount(item: DownloadView) -> str:
    if not item.total:
        return ""
    if item.state == "done":
        return size(item.total)
    return f"{percent(item.completed / item.total)} · {size(item.completed)} of {size(item.total)}"


def _second(item: DownloadView, width: int, style: str, words: str) -> Content:
    if item.state in {"running", "paused"} and item.total:
        pace = [f"{size(item.rate)}/s"] if item.rate else [words or _doing(item)]
        pace += [f"{clock(item.left)} left"] if item.left is not None else []
        text = " · ".join(pace)
        filled = bar(item.completed / item.total, max(8, width - 26))
        return Content.assemble((filled, style), " ", (fit(text, 25), "$muted"))
    if item.state == "stalled" and item.retry_in is not None:
        words = f"{words}, next try in {clock(item.retry_in)}"
    if item.state == "running":
        words = _doing(item)
    reason = f": {clean_line(item.reason)}" if item.reason else ""
    return Content.styled(fit(f"{words}{reason}", width), style)


def _doing(item: DownloadView) -> str:
    """The pull's own word, but for the digest of a blob, of which nobody can tell what it is."""
    return "connecting" if item.doing.startswith("pulling") or not item.doing else clean_line(item.doing)
