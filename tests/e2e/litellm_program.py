"""What a program does that reaches a model through litellm: `python -m tests.e2e.litellm_program URL MODEL`.

In a process of its own, because the library leaves connections open and warns about itself.
"""

from __future__ import annotations

import os
import sys
from typing import Any

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it fetches a list of prices

import litellm

_QUESTION = "用中文回答：为什么天空是蓝色的？"  # noqa: RUF001 # Chinese has its own punctuation
_CHAT = (("ollama_chat", ""), ("ollama", ""), ("openai", "/v1"))
_EMBEDDING = (("ollama", ""), ("openai", "/v1"))


def main() -> None:
    """Chat, stream, fail and embed through each of the library's ways. Raises `AssertionError`."""
    url, model = sys.argv[1:]
    for provider, path in _CHAT:
        where = {"api_base": url + path, "api_key": "ollama"}
        fields: dict[str, Any] = {"messages": [{"role": "user", "content": _QUESTION}], "max_tokens": 12, **where}
        fields["temperature"] = 0
        whole = litellm.completion(model=f"{provider}/{model}", **fields)
        said = whole.choices[0].message.content
        assert said, provider
        assert whole.usage.completion_tokens == 12, provider
        parts = list(litellm.completion(model=f"{provider}/{model}", stream=True, **fields))
        assert "".join(part.choices[0].delta.content or "" for part in parts) == said, provider
        try:
            litellm.completion(model=f"{provider}/nobody", **fields)
        except (litellm.exceptions.APIConnectionError, litellm.exceptions.NotFoundError) as error:
            assert "model 'nobody' not found" in str(error), provider  # noqa: PT017 # no test function
        else:
            raise AssertionError(provider)
    for provider, path in _EMBEDDING:
        answer = litellm.embedding(
            model=f"{provider}/{model}", input=["one", "two"], api_base=url + path, api_key="ollama"
        )
        assert [len(item["embedding"]) for item in answer.data] == [576, 576], provider


if __name__ == "__main__":
    main()
