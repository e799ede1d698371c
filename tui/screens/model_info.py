"""What is known about one model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.quantity import count
from tui.screens.dialog import Dialog
from tui.terminal.sanitize import clean, clean_line

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from backend.wire.ollama import ShowResponse
    from backend.wire.workstation import ModelEngineView

_TEXT_LIMIT = 2000  # characters of a template, licence or system prompt: enough to recognise it
_NAME_WIDTH = 16


class ModelInfo(Dialog[None]):
    """The summary of a `ShowResponse`, and which engine runs the model."""

    def __init__(self, model: str, shown: ShowResponse, engine: ModelEngineView | None = None) -> None:
        super().__init__()
        self._engine = engine
        self._model = model
        self._shown = shown

    def compose(self) -> ComposeResult:
        """Facts first, long texts below."""
        with VerticalScroll(classes="dialog") as box:
            box.border_title = Content(clean_line(self._model))
            box.border_subtitle = "↑ ↓ scroll · Esc close"
            yield Static(summary(self._shown, self._engine), markup=False)

    def on_mount(self) -> None:
        """The keys scroll at once."""
        self.query_one(VerticalScroll).focus()


def facts(shown: ShowResponse, engine: ModelEngineView | None = None) -> list[tuple[str, str]]:
    """Short facts as name and value; those unknown are left out."""
    info, details = shown.model_info, shown.details
    architecture = str(info.get("general.architecture", details.family))
    pairs = [
        ("architecture", architecture),
        ("parameters", details.parameter_size),
        ("quantisation", details.quantization_level),
        ("context", _count(info.get(f"{architecture}.context_length"))),
        ("embedding", _count(info.get(f"{architecture}.embedding_length"))),
        ("layers", _count(info.get(f"{architecture}.block_count"))),
        ("can do", ", ".join(shown.capabilities)),
        ("engine", f"{engine.engine or 'none'} {engine.version}".rstrip() if engine else ""),
        ("because", engine.reason if engine else ""),
        ("changed", shown.modified_at[:16].replace("T", " ")),
        ("licence", shown.license.strip().split("\n")[0]),
    ]
    return [(name, clean_line(value)) for name, value in pairs if value]


def summary(shown: ShowResponse, engine: ModelEngineView | None = None) -> Content:
    """Facts, then the model's parameters, system prompt and template."""
    lines = [Content.assemble((name.ljust(_NAME_WIDTH), "$muted"), value) for name, value in facts(shown, engine)]
    for title, text in (("Parameters", shown.parameters), ("System", shown.system), ("Template", shown.template)):
        if text.strip():
            lines += [Content(""), Content.styled(title, "bold $primary"), Content(_short(text))]
    return Content("\n").join(lines)


def _count(value: object) -> str:
    return count(value) if isinstance(value, int) else ""


def _short(text: str) -> str:
    text = clean(text).strip().expandtabs(4)
    return text if len(text) <= _TEXT_LIMIT else text[:_TEXT_LIMIT] + " …"
