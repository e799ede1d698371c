"""Replies of every family of the specification's section G.9 as the models write them, and what is in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PROPERTIES = {
    "city": {"type": "string"},
    "days": {"type": "integer"},
    "metric": {"type": "boolean"},
    "where": {"anyOf": [{"type": "array"}, {"type": "null"}]},
}
TOOLS = [
    {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": PROPERTIES}}},
    {"type": "function", "function": {"name": "now", "parameters": {"type": "object", "properties": {}}}},
]
ROME = ("weather", {"city": "Rome", "days": 3})
NOW: tuple[str, dict[str, Any]] = ("now", {})


@dataclass(frozen=True)
class Reply:
    text: str
    thinking: str = ""
    content: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    prompt: str = ""


JSON_CALL = '<tool_call>\n{"name": "weather", "arguments": {"city": "Rome", "days": 3}}\n</tool_call>'
XML_CALL = (
    "<tool_call>\n<function=weather>\n<parameter=city>\nRome\n</parameter>\n<parameter=days>\n3\n</parameter>\n"
    "</function>\n</tool_call>"
)
PAIRS_CALL = (
    "<tool_call>weather<arg_key>city</arg_key><arg_value>Rome</arg_value>"
    "<arg_key>days</arg_key>\n<arg_value>3</arg_value></tool_call>"
)
DEEPSEEK_CALLS = (
    '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>{"city": "Rome", "days": 3}<｜tool▁call▁end｜>'
    "<｜tool▁call▁begin｜>now<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>"
)
COGITO_CALL = (
    "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n"
    '```json\n{"city": "Rome", "days": 3}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>'
)
GEMMA_CALL = '<|tool_call>call:weather{city:<|"|>Rome<|"|>,days:3}<tool_call|>'
ATEM_CALL = (
    '<atem:function_calls>\n<atem:invoke name="weather">\n<atem:parameter name="city">Rome</atem:parameter>\n'
    '<atem:parameter name="days">3</atem:parameter>\n</atem:invoke>\n</atem:function_calls>'
)

THOUGHT_AND_CALL = Reply("hm\n</think>\n\nYes.\n" + JSON_CALL, "hm", "Yes.", [ROME], "<think>\n")
XML_REPLIES = [
    Reply("a\n\nb</think>\n\nYes.\n\n" + XML_CALL + "\n" + XML_CALL, "a\n\nb", "Yes.", [ROME, ROME], "…<think>\n"),
    Reply("<think>\na </think>Yes < no <tool", "a", "Yes < no <tool", prompt="<think>"),
    Reply("hm\n" + XML_CALL, "hm", "", [ROME], "<think>\n"),
    Reply("Yes.", "", "Yes.", prompt="<think>\n\n</think>\n\n"),
    Reply("<function=now>\n</function>\n</tool_call>", "", "", [NOW]),
]
PAIRS_REPLIES = [
    Reply("hm</think>Yes.\n" + PAIRS_CALL + "\n<tool_call>now</tool_call>", "hm", "Yes.", [ROME, NOW], "<think>"),
    Reply("<tool_call>some words</tool_call>", "", "<tool_call>some words</tool_call>"),
]
DEEPSEEK_REPLIES = [
    Reply("hm</think>Yes." + DEEPSEEK_CALLS, "hm", "Yes.", [ROME, NOW], "<think>"),
    Reply(COGITO_CALL, "", "", [ROME], "<｜Assistant｜>"),
    Reply("a <｜tool▁output▁begin｜>b<｜tool▁output▁end｜> c", "", "a b c", prompt="</think>"),
]
REPLIES: dict[str, list[Reply]] = {
    "qwen3": [
        Reply("Yes.\n" + JSON_CALL, "", "Yes.", [ROME]),
        Reply("<tool_call>{broken</tool_call> and on", "", "<tool_call>{broken</tool_call> and on"),
        Reply(JSON_CALL.removesuffix("</tool_call>"), "", "", [ROME]),
        Reply("  <think>is text here</think> ", "", "  <think>is text here</think> "),
    ],
    "qwen3-vl-instruct": [Reply(JSON_CALL + "\n" + JSON_CALL, "", "", [ROME, ROME])],
    "qwen3-thinking": [THOUGHT_AND_CALL, Reply("\n<think>\nhm\n</think>\n\nYes.\n", "hm", "Yes.\n")],
    "qwen3-vl-thinking": [THOUGHT_AND_CALL],
    "qwen3-coder": [
        Reply("I look.\n\n" + XML_CALL, "", "I look.", [ROME]),
        Reply("<function=now></function> done", "", "done", [NOW]),
        Reply(
            "<tool_call><function=weather><parameter=metric>True</parameter><parameter=where>\n[1, {}]\n</parameter>"
            "<parameter=city>\n a\n<b> \n</parameter><parameter=odd>1</parameter></function></tool_call>",
            calls=[("weather", {"metric": True, "where": [1, {}], "city": " a\n<b> ", "odd": "1"})],
        ),
    ],
    "qwen3.5": XML_REPLIES,
    "ornith": XML_REPLIES,
    "nemotron-3-nano": XML_REPLIES,
    "nemotron-3.5-nano": XML_REPLIES,
    "ministral": [
        Reply(
            'Yes. [TOOL_CALLS]weather[ARGS]{"city": "Rome", "days": 3}[TOOL_CALLS]now[ARGS]{}', "", "Yes.", [ROME, NOW]
        ),
        Reply("[THINK]a [/b[/THINK]\nYes.[TOOL_CALLS]now[ARGS]{} more", "a [/b", "Yes.more", [NOW]),
    ],
    "passthrough": [Reply(" <think>a</think>\n" + JSON_CALL, content=" <think>a</think>\n" + JSON_CALL)],
    "glm-ocr": [Reply("# Title\n", content="# Title\n")],
    "cogito": DEEPSEEK_REPLIES,
    "deepseek3": DEEPSEEK_REPLIES,
    "olmo3": [
        Reply('Yes.\n<function_calls>weather(city="Rome", days=3)\nnow()</function_calls>', "", "Yes.", [ROME, NOW]),
    ],
    "olmo3-think": [Reply("hm</think>Yes.", "hm", "Yes.", prompt="<|im_start|>assistant\n<think>")],
    "functiongemma": [
        Reply("<start_function_call>call:weather{city:<escape>Rome<escape>,days:3}<end_function_call>", calls=[ROME]),
    ],
    "glm-4.7": PAIRS_REPLIES,
    "laguna": [*PAIRS_REPLIES, Reply("hm " + PAIRS_CALL, "hm", "", [ROME], "<think>")],
    "poolside-v1": [*PAIRS_REPLIES, Reply("a <think>b</think> c", "b", "ac", prompt="</think>")],
    "gemma4": [
        Reply("<|channel>thought\nhm\n<channel|>\nYes." + GEMMA_CALL + "<|tool_response>", "hm", "Yes.", [ROME]),
        Reply("<|channel>thought\n<channel|>Yes.", "", "Yes."),
        Reply("<|channel>thought<channel|>Yes.", "", "Yes."),
        Reply("<|channel>thoughts of\nmine<channel|>Yes.", "thoughts of\nmine", "Yes."),
        Reply(
            '<|tool_call>call:weather{city:<|"|>{"a": \'}<|"|>,where:[1.5,true,{<|"|>k<|"|>:null}],metric:false}',
            calls=[("weather", {"city": '{"a": \'}', "where": [1.5, True, {"k": None}], "metric": False})],
        ),
    ],
    "gemma4-no-thinking": [Reply("Yes. " + GEMMA_CALL, "", "Yes.", [ROME])],
    "lfm2": [
        Reply('Yes.<|tool_call_start|>[weather(city="Rome", days=3), now()]<|tool_call_end|>', "", "Yes.", [ROME, NOW]),
        Reply(
            "<|tool_call_start|>[weather(city='it\\'s\n\\d', where=[true, None], metric=false)]<|tool_call_end|>ok",
            content="ok",
            calls=[("weather", {"city": "it's\n\\d", "where": [True, None], "metric": False})],
        ),
        Reply("<|tool_call_start|>[f(1)]<|tool_call_end|>", content="<|tool_call_start|>[f(1)]<|tool_call_end|>"),
    ],
    "lfm2-thinking": [
        Reply("<think>hm</think>Yes.<|tool_call_start|>[now()]<|tool_call_end|>", "hm", "Yes.", [NOW]),
    ],
    "cohere": [
        Reply(
            'hm<|END_THINKING|><|START_ACTION|>[\n{"tool_call_id": "0", "tool_name": "weather", '
            '"parameters": {"city": "Rome", "days": 3}}\n]<|END_ACTION|><|END_OF_TURN_TOKEN|>',
            "hm",
            "",
            [ROME],
            "<|START_THINKING|>",
        ),
        Reply("<|START_TEXT|>Yes.<|END_TEXT|>", "", "Yes.", prompt="<|START_THINKING|><|END_THINKING|>"),
    ],
    "glimmer": [
        Reply(" to=self<|message|>hm<|eom|><|start|>assistant to=user<|message|>Yes.<|eot|>", "hm", "Yes."),
        Reply(f" to=weather<|message|>{ATEM_CALL}<|eom|> to=now.now<|message|>oops<|eot|>", "", "oops", [ROME]),
    ],
    "harmony": [
        Reply("<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Yes.", "hm", "Yes."),
        Reply(
            "<|channel|>commentary<|message|>I look.<|end|><|start|>assistant<|channel|>commentary "
            'to=functions.weather <|constrain|>json<|message|>{"city": "Rome", "days": 3}<|call|>',
            content="I look.",
            calls=[ROME],
        ),
        Reply("<|start|>assistant to=functions.now<|channel|>analysis<|constrain|>json<|message|>{}", calls=[NOW]),
        Reply("Yes < no", content="Yes < no", prompt="<|start|>assistant<|channel|>final<|message|>"),
        Reply(
            "m<|end|><|start|>assistant<|channel|>final<|message|>Yes",
            "m",
            "Yes",
            prompt="<|start|>assistant<|channel|>analysis<|message|>h",
        ),
        Reply("no header", content="no header"),
    ],
}
