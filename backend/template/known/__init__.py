"""Well-known chat formats: how a GGUF's Jinja template is told (the specification's section G.3).

Beside this file, each family has a Go template (`NAME.gotmpl`) and the Jinja texts that are known to mean it
(`NAME.jinja`, `NAME.2.jinja` …); vicuna has none. All end with one newline that does not belong to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_NEAR = 100  # edits; from here on a template is another one

PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "alfred": {"stop": ["<start_system>", "<end_message>", "<start_user>", "<start_assistant>"]},
    "alpaca": {"stop": ["### Instruction:", "### Response"]},
    "chatml": {"stop": ["<|im_start|>", "<|im_end|>"]},
    "chatqa": {"stop": ["System:", "User:", "Assistant:", "<|begin_of_text|>"]},
    "codellama-70b-instruct": {"stop": ["Source:", "Destination:", "<step>"]},
    "command-r": {"stop": ["<|START_OF_TURN_TOKEN|>", "<|END_OF_TURN_TOKEN|>"]},
    "falcon-instruct": {"stop": ["User:", "Assistant:"]},
    "gemma-instruct": {"stop": ["<start_of_turn>", "<end_of_turn>"]},
    "gemma3-instruct": {"stop": ["<end_of_turn>"], "temperature": 0.1},
    "granite-instruct": {"stop": ["System:", "Question:", "Answer:"]},
    "llama2-chat": {"stop": ["[INST]", "[/INST]", "<<SYS>>", "<</SYS>>"]},
    "llama3-instruct": {"stop": ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]},
    "magicoder": {"stop": ["@@ Instruction", "@@ Response"]},
    "mistral-instruct": {"stop": ["[INST]", "[/INST]"]},
    "openchat": {"stop": ["<|end_of_turn|>"]},
    "phi-3": {"stop": ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]},
    "solar-instruct": {"stop": ["### System:", "### User:", "### Assistant"]},
    "starcoder2-instruct": {"stop": ["### Instruction", "### Response", "<|endoftext|>"]},
    "vicuna": {"stop": ["USER:", "ASSISTANT:"]},
    "zephyr": {"stop": ["<|system|>", "</s>", "<|user|>", "<|assistant|>"]},
}


@dataclass(frozen=True, slots=True)
class Known:
    """A family: its Go template and the parameters that belong to it."""

    name: str
    template: str
    parameters: Mapping[str, Any]


def detect(jinja: str) -> Known | None:
    """The family whose Jinja text is nearest, if it is near enough.

    A text shorter than its distance is nearer to nothing at all, and is not taken for any.
    """
    from rapidfuzz.distance import Levenshtein  # 4 MB that only a creation needs

    best, nearest = "", min(_NEAR, len(jinja))
    for text, name in _index().items():
        distance = Levenshtein.distance(jinja, text, score_cutoff=nearest)
        if distance < nearest:
            best, nearest = name, distance
    return known(best) if best else None


@lru_cache(maxsize=len(PARAMETERS))
def known(name: str) -> Known:
    """The family of this name. Raises `KeyError` for one that is not in `PARAMETERS`."""
    return Known(name, _text(f"{name}.gotmpl"), PARAMETERS[name])


@lru_cache(maxsize=1)
def _index() -> dict[str, str]:
    """Jinja text → family."""
    names = sorted(file.name for file in files(__name__).iterdir() if file.name.endswith(".jinja"))
    return {_text(file): file.split(".")[0] for file in names}


def _text(file: str) -> str:
    return files(__name__).joinpath(file).read_text("utf-8").removesuffix("\n")
