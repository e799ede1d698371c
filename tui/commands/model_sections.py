"""The sections of `puna show`: a title, indented rows, a blank line (the specification's section J)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.commands.table import format_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend.wire.ollama import ShowResponse
    from backend.wire.workstation import ModelEngineView

Rows = list[tuple[str, ...]]
_TEXT_LINES = 2
_SHOWN_ITEMS = 3
_LARGE = ((10**12, "T", 1), (10**9, "B", 1), (10**6, "M", 2), (10**3, "K", 0))


def section_lines(info: ShowResponse, engine: ModelEngineView | None = None, *, verbose: bool) -> Iterator[str]:
    """The lines of all sections that have something to show; metadata and tensors if `verbose`."""
    for title, rows in _sections(info, engine, verbose=verbose):
        if rows:
            yield f"  {title}"
            yield from format_rows(rows, indent=4)
            yield ""


def _sections(info: ShowResponse, engine: ModelEngineView | None, *, verbose: bool) -> Iterator[tuple[str, Rows]]:
    yield "Model", _model_rows(info)
    yield "Capabilities", [(capability,) for capability in info.capabilities]
    yield "Projector", _projector_rows(info.projector_info)
    yield "Engine", _engine_rows(engine)
    yield "Parameters", [tuple(line.split(maxsplit=1)) for line in info.parameters.splitlines() if line.strip()]
    if verbose:
        yield "Metadata", [(key, _value_text(value)) for key, value in sorted(info.model_info.items())]
        yield "Tensors", [(tensor.name, tensor.type, str(tensor.shape)) for tensor in info.tensors]
    yield "System", _text_rows(info.system)
    yield "License", _text_rows(info.license)


def _model_rows(info: ShowResponse) -> Rows:
    metadata, details = info.model_info, info.details
    architecture = str(metadata.get("general.architecture") or details.family)
    count = metadata.get("general.parameter_count")
    return _present(
        ("architecture", architecture),
        ("parameters", details.parameter_size or count_text(count)),
        ("context length", metadata.get(f"{architecture}.context_length") or details.context_length),
        ("embedding length", metadata.get(f"{architecture}.embedding_length") or details.embedding_length),
        ("quantization", details.quantization_level),
        ("requires", info.requires),
    )


def _projector_rows(metadata: dict[str, Any]) -> Rows:
    architecture = metadata.get("general.architecture", "")
    return _present(
        ("architecture", architecture),
        ("parameters", count_text(metadata.get("general.parameter_count"))),
        ("embedding length", metadata.get(f"{architecture}.vision.embedding_length")),
        ("dimensions", metadata.get(f"{architecture}.vision.projection_dim")),
    )


def _engine_rows(engine: ModelEngineView | None) -> Rows:
    """Puna's own: Ollama has one engine."""
    if engine is None:
        return []
    return _present(
        ("name", engine.engine or "none"),
        ("version", engine.version),
        ("reason", engine.reason),
    )


def _present(*rows: tuple[str, object]) -> Rows:
    return [(name, str(value)) for name, value in rows if value]


def _text_rows(text: str) -> Rows:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    shown: Rows = [(line,) for line in lines[:_TEXT_LINES]]
    return [*shown, ("...",)] if len(lines) > _TEXT_LINES else shown


def _value_text(value: object) -> str:
    if isinstance(value, list) and len(value) > _SHOWN_ITEMS:
        return f"[{', '.join(map(str, value[:_SHOWN_ITEMS]))}, ...] ({len(value)} values)"
    return str(value)


def count_text(count: object) -> str:
    """Numbers of parameters: `134.52M`, `7.6B`, `8B`; empty for what is no count."""
    if not isinstance(count, int) or count <= 0:
        return ""
    for factor, unit, digits in _LARGE:
        if count >= factor:
            return f"{count / factor:.{digits if count % factor else 0}f}{unit}"
    return str(count)
