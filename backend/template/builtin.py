"""The renderers and parsers that a model's configuration may name (the specification's section G.9)."""

from __future__ import annotations

_T, _K, _TK = frozenset({"tools"}), frozenset({"thinking"}), frozenset({"tools", "thinking"})

PARSERS = {
    "cogito": _TK,
    "cohere": _TK,
    "deepseek3": _TK,
    "functiongemma": _T,
    "gemma4": _TK,
    "gemma4-no-thinking": _T,
    "glimmer": _TK,
    "glm-4.7": _TK,
    "glm-ocr": frozenset[str](),
    "harmony": _TK,
    "laguna": _TK,
    "lfm2": _T,
    "lfm2-thinking": _TK,
    "ministral": _T,
    "nemotron-3-nano": _TK,
    "nemotron-3.5-nano": _TK,
    "olmo3": _T,
    "olmo3-think": _K,
    "ornith": _TK,
    "passthrough": frozenset[str](),
    "poolside-v1": _TK,
    "qwen3": _T,
    "qwen3-coder": _T,
    "qwen3-thinking": _TK,
    "qwen3-vl-instruct": _T,
    "qwen3-vl-thinking": _TK,
    "qwen3.5": _TK,
}
"""Every parser with what it lets a model do."""

RENDERERS = frozenset(
    {
        *("cogito", "cohere", "deepseek3.1", "functiongemma", "gemma4", "gemma4-large", "gemma4-small", "glimmer"),
        *("glm-4.7", "glm-ocr", "laguna", "lfm2", "lfm2-thinking", "nemotron-3-nano", "nemotron-3.5-nano", "olmo3"),
        *("olmo3-32b-think", "olmo3-think", "olmo3.1", "ornith", "poolside-v1", "qwen3-coder", "qwen3-vl-instruct"),
        *("qwen3-vl-thinking", "qwen3.5", "qwen3.8"),
    }
)

HARMONY_FAMILIES = frozenset({"gptoss", "gpt-oss"})


def speaks_harmony(template: str, family: str, parser: str) -> bool:
    """Whether a model with this Go template answers in Harmony (section G.10)."""
    return parser == "harmony" or (family in HARMONY_FAMILIES and "<|start|>" in template and "<|end|>" in template)
