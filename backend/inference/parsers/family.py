"""How the replies of a family of models are read, and what that asks of its prompts (sections G.7 to G.10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from backend.inference.parsers import harmony
from backend.inference.parsers.glimmer import PRESERVED as GLIMMER_PRESERVED
from backend.inference.parsers.glimmer import GlimmerDialect
from backend.inference.parsers.messages import MESSAGE, START, MessageParser
from backend.inference.parsers.sections import Grammar, SectionParser
from backend.inference.thinking import ThinkingParser
from backend.inference.tools import ToolParser
from backend.template.conversation import tool_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend.wire.ollama import Message, ToolCall


class Splitter(Protocol):
    """Takes a stream of text apart. Any cutting of the stream gives the same result."""

    calls: list[ToolCall]
    """Those that are complete."""

    def feed(self, text: str) -> tuple[str, str]:
        """(thinking, content) of what is certain by now."""
        ...

    def finish(self) -> tuple[str, str]:
        """What was held back when the stream ended. May raise `BackendError` for a call that cannot be read."""
        ...


class Family(Protocol):
    """How a family's replies are read, and what its prompts need for that."""

    @property
    def thinks(self) -> bool:
        """Whether thinking can be told from content."""
        ...

    @property
    def preserved(self) -> Sequence[str]:
        """Special tokens that the engine has to print as text."""
        ...

    def prompted(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]]
    ) -> tuple[Sequence[Message], Sequence[dict[str, Any]]]:
        """The messages and tools as the prompt shows them."""
        ...

    def splitter(self, prompt: str, tools: Sequence[dict[str, Any]]) -> Splitter:
        """For the reply to `prompt`. `tools` are the request's."""
        ...

    def answering(self, prompt: str, said: str) -> str:
        """The prompt with the thinking that was `said` behind it, so that what comes next is the answer."""
        ...

    def thought(self, prompt: str, thinking: str) -> str:
        """What the model says behind the prompt to think this: for `answering`. Empty without a thought."""
        ...


@dataclass(frozen=True, slots=True)
class TaggedFamily:
    """A family whose replies have tags. `marks` are special tokens inside of calls."""

    grammar: Grammar
    marks: tuple[str, ...] = ()

    @property
    def thinks(self) -> bool:
        return self.grammar.thinking is not None

    @property
    def preserved(self) -> Sequence[str]:
        grammar = self.grammar
        sections = (tag for section in grammar.calls for tag in (section.opening, section.closing) if tag)
        return list(dict.fromkeys((*(grammar.thinking or ()), *sections, *grammar.ignored, *self.marks)))

    def prompted(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]]
    ) -> tuple[Sequence[Message], Sequence[dict[str, Any]]]:
        return messages, tools

    def splitter(self, prompt: str, tools: Sequence[dict[str, Any]]) -> Splitter:
        return SectionParser(self.grammar, tools, inside=is_inside(self.grammar.thinking, prompt))

    def answering(self, prompt: str, said: str) -> str:
        return answering_behind(self.grammar.thinking, prompt, said)

    def thought(self, prompt: str, thinking: str) -> str:
        return thought_between(self.grammar.thinking, prompt, thinking)


def is_inside(tags: tuple[str, str] | None, prompt: str) -> bool:
    """Whether the prompt ends with the opening tag of thinking."""
    return tags is not None and prompt.rstrip().endswith(tags[0])


def answering_behind(tags: tuple[str, str] | None, prompt: str, said: str) -> str:
    """As `Family.answering`, for thinking between tags."""
    if tags is None:
        return prompt
    thought, closing, _ = said.partition(tags[1])
    if closing:
        return f"{prompt}{thought}{closing}\n\n"
    return f"{prompt.rstrip()}\n{said.strip()}\n{tags[1]}\n\n" if is_inside(tags, prompt) else prompt


def thought_between(tags: tuple[str, str] | None, prompt: str, thinking: str) -> str:
    """As `Family.thought`, for thinking between tags."""
    if tags is None or not thinking:
        return ""
    opening, closing = tags
    before = f"{opening}\n" if not is_inside(tags, prompt) else "" if prompt.endswith("\n") else "\n"
    return f"{before}{thinking.strip()}\n{closing}"


@dataclass(frozen=True, slots=True)
class HarmonyFamily:
    """gpt-oss (section G.10). It always thinks."""

    @property
    def thinks(self) -> bool:
        return True

    @property
    def preserved(self) -> Sequence[str]:
        return harmony.PRESERVED

    def prompted(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]]
    ) -> tuple[Sequence[Message], Sequence[dict[str, Any]]]:
        names = harmony.Names(tools)
        return names.messages(messages), names.tools(tools)

    def splitter(self, prompt: str, tools: Sequence[dict[str, Any]]) -> Splitter:
        return MessageParser(harmony.HarmonyDialect(harmony.Names(tools)), harmony.opened(prompt))

    def answering(self, prompt: str, said: str) -> str:
        return harmony.answering(prompt, said)

    def thought(self, prompt: str, thinking: str) -> str:
        return harmony.thought(thinking)


@dataclass(frozen=True, slots=True)
class GlimmerFamily:
    """Glimmer, whose messages say whom they are to."""

    @property
    def thinks(self) -> bool:
        return True

    @property
    def preserved(self) -> Sequence[str]:
        return GLIMMER_PRESERVED

    def prompted(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]]
    ) -> tuple[Sequence[Message], Sequence[dict[str, Any]]]:
        return messages, tools

    def splitter(self, prompt: str, tools: Sequence[dict[str, Any]]) -> Splitter:
        return MessageParser(GlimmerDialect(tools))

    def answering(self, prompt: str, said: str) -> str:
        thought, end, _ = said.rpartition("<|eom|>")
        return f"{prompt}{thought}{end}{START}assistant to=user{MESSAGE}" if end else f"{prompt} to=user{MESSAGE}"

    def thought(self, prompt: str, thinking: str) -> str:
        return f" to=self{MESSAGE}{thinking}<|eom|>" if thinking else ""


@dataclass(frozen=True, slots=True)
class TemplateFamily:
    """Any model whose Go template tells its tags (sections G.7 and G.8). `thinking` is `None` if it is off."""

    thinking: tuple[str, str] | None
    tool_tag: str

    @property
    def thinks(self) -> bool:
        return self.thinking is not None

    @property
    def preserved(self) -> Sequence[str]:
        return ()

    def prompted(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]]
    ) -> tuple[Sequence[Message], Sequence[dict[str, Any]]]:
        return messages, tools

    def splitter(self, prompt: str, tools: Sequence[dict[str, Any]]) -> Splitter:
        inside = is_inside(self.thinking, prompt)
        return TagSplitter(
            ThinkingParser(*self.thinking, open_already=inside) if self.thinking else None,
            ToolParser(self.tool_tag, tool_names(tools)) if tools else None,
        )

    def answering(self, prompt: str, said: str) -> str:
        return answering_behind(self.thinking, prompt, said)

    def thought(self, prompt: str, thinking: str) -> str:
        return thought_between(self.thinking, prompt, thinking)


class TagSplitter:
    """A parser of thinking and behind it one of tool calls, where there are any."""

    def __init__(self, thinking: ThinkingParser | None, tools: ToolParser | None) -> None:
        self.calls: list[ToolCall] = tools.calls if tools else []
        self._thinking = thinking
        self._tools = tools

    def feed(self, text: str) -> tuple[str, str]:
        thinking, text = self._thinking.feed(text) if self._thinking else ("", text)
        return thinking, self._tools.feed(text) if self._tools else text

    def finish(self) -> tuple[str, str]:
        thinking, text = self._thinking.finish() if self._thinking else ("", "")
        return thinking, self._tools.feed(text) + self._tools.finish() if self._tools else text
