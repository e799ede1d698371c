"""Which family of models writes how, by the names that configurations use (the specification's section G.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.inference.parsers.bodies import (
    DEEPSEEK_CALL,
    DEEPSEEK_SEPARATOR,
    actions,
    bare_function,
    deepseek,
    name_and_object,
    tagged,
)
from backend.inference.parsers.family import GlimmerFamily, HarmonyFamily, TaggedFamily
from backend.inference.parsers.gemma_calls import DELIMITER, OLD_DELIMITER, gemma_calls
from backend.inference.parsers.python_calls import python_calls
from backend.inference.parsers.sections import CallSection, Grammar
from backend.inference.thinking import CLOSING, OPENING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backend.inference.parsers.family import Family

_THINK = (OPENING, CLOSING)
_TOOL_CALL = CallSection("<tool_call>", "</tool_call>", tagged)
_BARE_FUNCTION = CallSection("<function=", "</function>", bare_function)
_PAIR_MARKS = ("<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>")
_DEEPSEEK = TaggedFamily(
    Grammar(
        thinking=_THINK,
        calls=(CallSection("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>", deepseek),),
        ignored=(
            *("<｜tool▁output▁begin｜>", "<｜tool▁output▁end｜>"),
            *("<｜tool▁outputs▁begin｜>", "<｜tool▁outputs▁end｜>"),
        ),
        call_ends_thinking=True,
    ),
    marks=(*DEEPSEEK_CALL, DEEPSEEK_SEPARATOR),
)
_GEMMA = TaggedFamily(
    Grammar(
        thinking=("<|channel>", "<channel|>"),
        label="thought",
        anywhere=True,
        calls=(CallSection("<|tool_call>", "<tool_call|>", gemma_calls),),
        ignored=("<|tool_response>", "<tool_call|>"),
    ),
    marks=(DELIMITER,),
)
_JSON = TaggedFamily(Grammar(calls=(_TOOL_CALL,)))
_THINKING_JSON = TaggedFamily(Grammar(thinking=_THINK, calls=(_TOOL_CALL,)))
_XML = Grammar(calls=(_TOOL_CALL, _BARE_FUNCTION), ignored=("</tool_call>",))
_THINKING_XML = TaggedFamily(Grammar(thinking=_THINK, calls=_XML.calls, ignored=_XML.ignored, call_ends_thinking=True))
_PAIRS = TaggedFamily(Grammar(thinking=_THINK, calls=(_TOOL_CALL,)), marks=_PAIR_MARKS)
_LAGUNA = TaggedFamily(
    Grammar(thinking=_THINK, calls=(_TOOL_CALL,), anywhere=True, call_ends_thinking=True), marks=_PAIR_MARKS
)
_LFM_CALLS = (CallSection("<|tool_call_start|>", "<|tool_call_end|>", python_calls),)
_PLAIN = TaggedFamily(Grammar())

FAMILIES: Mapping[str, Family] = {
    "cogito": _DEEPSEEK,
    "cohere": TaggedFamily(
        Grammar(
            thinking=("<|START_THINKING|>", "<|END_THINKING|>"),
            calls=(CallSection("<|START_ACTION|>", "<|END_ACTION|>", actions),),
            ignored=(
                *("<|START_TEXT|>", "<|END_TEXT|>", "<|START_RESPONSE|>", "<|END_RESPONSE|>"),
                "<|END_OF_TURN_TOKEN|>",
            ),
            call_ends_thinking=True,
        )
    ),
    "deepseek3": _DEEPSEEK,
    "functiongemma": TaggedFamily(
        Grammar(calls=(CallSection("<start_function_call>", "<end_function_call>", gemma_calls),)),
        marks=(OLD_DELIMITER,),
    ),
    "gemma4": _GEMMA,
    "gemma4-no-thinking": _GEMMA,
    "glimmer": GlimmerFamily(),
    "glm-4.7": _PAIRS,
    "glm-ocr": _PLAIN,
    "harmony": HarmonyFamily(),
    "laguna": _LAGUNA,
    "lfm2": TaggedFamily(Grammar(calls=_LFM_CALLS)),
    "lfm2-thinking": TaggedFamily(Grammar(thinking=_THINK, calls=_LFM_CALLS, call_ends_thinking=True)),
    "ministral": TaggedFamily(
        Grammar(
            thinking=("[THINK]", "[/THINK]"),
            anywhere=True,
            calls=(CallSection("[TOOL_CALLS]", "", name_and_object),),
        ),
        marks=("[ARGS]",),
    ),
    "nemotron-3-nano": _THINKING_XML,
    "nemotron-3.5-nano": _THINKING_XML,
    "olmo3": TaggedFamily(Grammar(calls=(CallSection("<function_calls>", "</function_calls>", python_calls),))),
    "olmo3-think": TaggedFamily(Grammar(thinking=_THINK)),
    "ornith": _THINKING_XML,
    "passthrough": _PLAIN,
    "poolside-v1": _LAGUNA,
    "qwen3": _JSON,
    "qwen3-coder": TaggedFamily(_XML),
    "qwen3-thinking": _THINKING_JSON,
    "qwen3-vl-instruct": _JSON,
    "qwen3-vl-thinking": _THINKING_JSON,
    "qwen3.5": _THINKING_XML,
}
"""By the names that configurations use; those of `backend.template.builtin.PARSERS`, no more and no fewer."""
