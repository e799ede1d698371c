"""What `/show …` tells of a model, in Ollama's words (the specification's section J). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.parameter_values import one_line

if TYPE_CHECKING:
    from backend.wire.ollama import ShowResponse
    from tui.parameters import Parameters

ABSENT = {
    "license": "No license was specified for this model.",
    "modelfile": "No Modelfile was specified for this model.",
    "parameters": "No additional parameters were specified for this model.",
    "system": "No system message was specified for this model.",
    "template": "No prompt template was specified for this model.",
}
_NAME_WIDTH = 30


def part_text(shown: ShowResponse, part: str, parameters: Parameters) -> str:
    """One of the parts in `ABSENT`, or that the model has none. What the user has set stands in it."""
    if part == "parameters":
        return _parameters(shown, parameters)
    own = parameters.system if part == "system" else ""
    return own or str(getattr(shown, part)).strip() or ABSENT[part]


def _parameters(shown: ShowResponse, parameters: Parameters) -> str:
    brought = shown.parameters.strip().splitlines() or [ABSENT["parameters"]]
    lines = ["Model defined parameters:", *(f"  {line}" for line in brought)]
    if own := [key for key in parameters.own if key in parameters.options()]:
        lines += ["", "User defined parameters:"]
        lines += [f"  {key:<{_NAME_WIDTH}} {one_line(parameters.own[key])}" for key in own]
    return "\n".join(lines)
