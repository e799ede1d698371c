"""What a program does that reaches a model through LangChain: `python -m tests.e2e.langchain_program URL MODEL`.

In a process of its own, because the library leaves connections open.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from langchain_ollama import ChatOllama, OllamaEmbeddings

_MESSAGES = [("system", "Be brief."), ("human", "用中文回答：为什么天空是蓝色的？")]  # noqa: RUF001 # Chinese has its own
_CITY = {"title": "City", "type": "object", "properties": {"capital": {"type": "boolean"}}, "required": ["capital"]}


async def main() -> None:
    """Chat, stream, structured output and embeddings. Raises `AssertionError`."""
    url, model = sys.argv[1:]
    where: dict[str, Any] = {"model": model, "base_url": url}
    chat = ChatOllama(**where, temperature=0, num_predict=12, validate_model_on_init=True)
    whole = chat.invoke(_MESSAGES)
    assert whole.content
    assert whole.usage_metadata["output_tokens"] == 12
    assert whole.response_metadata["done_reason"] == "length"
    assert "".join([part.content async for part in chat.astream(_MESSAGES)]) == whole.content
    structured = ChatOllama(**where, temperature=0, num_predict=400).with_structured_output(_CITY, method="json_schema")
    assert isinstance(structured.invoke("Is Paris a capital?")["capital"], bool)
    embeddings = OllamaEmbeddings(**where)
    assert [len(vector) for vector in embeddings.embed_documents(["one", "two"])] == [576, 576]
    assert len(await embeddings.aembed_query("one")) == 576


if __name__ == "__main__":
    asyncio.run(main())
