"""What the fake runner replies, as its prompt asks for."""

from __future__ import annotations

import re
from typing import Any


class Words:
    """`@name=value` directives of a text."""

    def __init__(self, text: str) -> None:
        self._found = dict(re.findall(r"@(\w+)(?:=(\S+))?", text))

    def has(self, name: str) -> bool:
        return name in self._found

    def number(self, name: str, default: float) -> float:
        return float(self._found.get(name, default))

    def text(self, name: str) -> str:
        return str(self._found.get(name, "")).replace("_", " ")


class Reply:
    """The events of one generation."""

    def __init__(self, body: dict[str, Any], text: str, words: Words, *, is_chat: bool) -> None:
        self.is_chat = is_chat
        said = re.search("«(.*)»", text, re.DOTALL)
        tokens = (
            re.findall(r"\s*\S+|\s+$", said[1]) if said else [f"t{n} " for n in range(int(words.number("tokens", 5)))]
        )
        limit = body.get("n_predict", -1)
        self.limited = 0 <= limit < len(tokens)
        self.tokens = tokens[:limit] if self.limited else tokens
        self._prompt_tokens = max(len(text.split()), 1)

    def progress(self) -> dict[str, Any]:
        progress = {"total": self._prompt_tokens, "cache": 0, "processed": self._prompt_tokens, "time_ms": 1}
        return self._choice({"role": "assistant", "content": None}) | {"prompt_progress": progress}

    def token(self, text: str) -> dict[str, Any]:
        if self.is_chat:
            return self._choice({"content": text})
        return {"content": text, "tokens": [1], "stop": False}

    def end(self) -> dict[str, Any]:
        timings = {
            "cache_n": 0,
            "prompt_n": self._prompt_tokens,
            "prompt_ms": 1.5,
            "predicted_n": len(self.tokens),
            "predicted_ms": 2.5,
        }
        if self.is_chat:
            return self._choice({}, "length" if self.limited else "stop") | {"timings": timings}
        return {"content": "", "stop": True, "stop_type": "limit" if self.limited else "eos", "timings": timings}

    def _choice(self, delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        if not self.is_chat:
            return {"content": "", "tokens": [0], "stop": False}
        return {"choices": [{"index": 0, "finish_reason": reason, "delta": delta}]}
