"""A Go template with the ways in which Ollama runs one (the specification's section G.2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from backend.template import analysis
from backend.template.budget import Budget
from backend.template.conversation import Thinking, collated, thinking_variables, variables
from backend.template.errors import fail
from backend.template.evaluate import run
from backend.template.nodes import Action, Field, Pipe
from backend.template.parser import parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from typing import Any

    from backend.template.nodes import Tree
    from backend.wire.ollama import Message

_LONGEST = 1 << 18  # characters
_RESPONSE = Action(Pipe(0, (), False, ((Field(("Response",)),),)))  # `assigns`


@dataclass(frozen=True)
class Template:
    """Immutable; made by `read`. Every rendering raises `BadTemplate` if it fails or costs too much."""

    tree: Tree
    names: frozenset[str]  # of the fields that it reads, in lower case

    @cached_property
    def thinking_tags(self) -> tuple[str, str] | None:
        """The texts around a message's thinking (section G.7)."""
        return analysis.thinking_tags(self.tree)

    @cached_property
    def tool_tag(self) -> str:
        """What a tool call begins with (section G.8)."""
        return analysis.tool_tag(self.tree)

    @cached_property
    def capabilities(self) -> frozenset[str]:
        """`tools`, `insert` and `thinking`, as far as the template has a place for them (section A.9)."""
        found = {name for name, field in (("tools", "tools"), ("insert", "suffix")) if field in self.names}
        return frozenset(found | {"thinking"} if self.thinking_tags else found)

    @cached_property
    def has_tool_round_trip(self) -> bool:
        """Whether it shows the model both its tool calls and their results."""
        return "toolcalls" in self.names and "tool" in analysis.literals(self.tree)

    def render(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], thinking: Thinking, today: date
    ) -> str:
        """The prompt of a conversation, ready for the model to go on."""
        joined = collated(messages)
        if "messages" in self.names:
            return run(self.tree, variables(joined, tools, thinking), today)
        return self._render_slots(joined, thinking, today)

    def render_suffix(self, prompt: str, suffix: str, today: date) -> str:
        """The prompt for what stands between two texts."""
        return run(self.tree, {"Prompt": prompt, "Suffix": suffix, "Response": ""}, today)

    def _render_slots(self, messages: Sequence[Message], thinking: Thinking, today: date) -> str:
        """For templates from before `.Messages`: one run for each exchange, the last one cut at the reply."""
        budget = Budget()
        slots = dict.fromkeys(("System", "Prompt", "Response"), "")
        names = {"system": "System", "user": "Prompt", "assistant": "Response"}
        rendered: list[str] = []
        for message in messages:
            slot = names.get(message.role)
            if slot is None:
                continue
            over = slots["Prompt"] or slots["Response"]
            if slot != "Response" and (over or (slot == "System" and slots[slot])):
                rendered.append(run(self.tree, {**slots, **thinking_variables(thinking)}, today, budget))
                slots = dict.fromkeys(slots, "")
            slots[slot] = message.content
        last = replace(self.tree, root=analysis.cut_after(self.tree.root, "Response"))
        rendered.append(run(last, {**slots, **thinking_variables(thinking)}, today, budget))
        return "".join(rendered)


@lru_cache(maxsize=64)
def read(source: str) -> Template:
    """The template of this text. Raises `BadTemplate` naming line and cause."""
    if len(source) > _LONGEST:
        raise fail(1, f"the template has {len(source)} characters, more than the {_LONGEST} allowed")
    tree = parse(source)
    names = analysis.identifiers(tree)
    if not names & {"messages", "response"}:
        tree = replace(tree, root=(*tree.root, _RESPONSE))
    return Template(tree, names)
