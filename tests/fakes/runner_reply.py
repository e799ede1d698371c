"""What the fake runner replies, as its prompt asks for."""

from __future__ import annotations

import math
import re
from itertools import cycle, islice
from typing import Any

_MARKDOWN = """## How a page table works

A **page table** maps *virtual* addresses to physical ones; each process has its own. The processor walks it by itself \
and keeps what it found in a cache, the `TLB`, which is why a switch of the process costs more than it seems to.

1. Take the upper bits of the address, they choose an entry.
2. If the entry is *not present*, the kernel gets a **page fault**.
3. Otherwise add the lower bits:
   - `4096` bytes in a small page,
   - 2 MiB in a **huge** one.

```python
def translate(address: int, table: dict[int, int]) -> int:
    # The physical address, or a fault.
    page, offset = divmod(address, 4096)
    if page not in table:
        raise LookupError(f"page {page:#x} is not present")
    return table[page] * 4096 + offset
```

| Level | Bits  | Entries |
|-------|-------|---------|
| PML4  | 47-39 | 512     |
| PDPT  | 38-30 | 512     |
| PD    | 29-21 | 512     |

> Every level costs *one* read of memory; see the manual, volume 3, for **all** of it.

"""


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
        if words.has("markdown"):
            tokens = list(islice(cycle(re.findall(r"\s*\S{1,6}|\s+$", _MARKDOWN)), int(words.number("markdown", 0))))
        limit = body.get("n_predict", -1)
        self.limited = 0 <= limit < len(tokens)
        self.tokens = tokens[:limit] if self.limited else tokens
        self._prompt_tokens = max(len(text.split()), 1)
        self._alternatives = body.get("top_logprobs", 0) if is_chat else body.get("n_probs", 0)

    def progress(self) -> dict[str, Any]:
        progress = {"total": self._prompt_tokens, "cache": 0, "processed": self._prompt_tokens, "time_ms": 1}
        return self._choice({"role": "assistant", "content": None}) | {"prompt_progress": progress}

    def token(self, text: str) -> dict[str, Any]:
        measured = [self._measured(text)] if self._alternatives else []
        if self.is_chat:
            event = self._choice({"content": text})
            if measured:
                event["choices"][0]["logprobs"] = {"content": measured}
            return event
        event = {"content": text, "tokens": [1], "stop": False}
        return event | ({"completion_probabilities": measured} if measured else {})

    def _measured(self, text: str) -> dict[str, Any]:
        chosen = _token(text, text.encode(), 0.5)
        others = [chosen, _token(f"{text}?", f"{text}?".encode(), 0.25), _token("\ufffd", b"\xc3", 0.125)]
        return chosen | {"top_logprobs": others[: self._alternatives]}

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


def _token(text: str, raw: bytes, probability: float) -> dict[str, Any]:
    return {"id": 1, "token": text, "bytes": list(raw), "logprob": math.log(probability)}
