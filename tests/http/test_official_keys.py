"""The official clients with a key, each in the way that it has for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anthropic
import ollama
import openai
import pytest

from backend.keys import Keyring, Scope
from tests.fakes.backend import add_model

if TYPE_CHECKING:
    from backend.settings import Settings

pytestmark = pytest.mark.parametrize("settings", [{"PUNA_REQUIRE_KEY": "1"}], indirect=True)


@pytest.fixture
def key(backend: Settings) -> str:
    """A key as `puna keys create` makes one; a model is there to use it on."""
    add_model(backend, "m")
    return Keyring(backend.state).create("client", [Scope.READ, Scope.INFER])[1]


async def test_ollamas_client_takes_it_from_its_variable(
    backend: Settings, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OLLAMA_API_KEY", raising=False)
    async with ollama.AsyncClient(host=backend.address.url) as stranger:
        with pytest.raises(ollama.ResponseError, match="wants a key") as refused:
            await stranger.list()
    assert refused.value.status_code == 401
    monkeypatch.setenv("OLLAMA_API_KEY", key)
    async with ollama.AsyncClient(host=backend.address.url) as client:
        assert [model.model for model in (await client.list()).models] == ["m:latest"]
        assert (await client.generate("m", "hi")).done
        with pytest.raises(ollama.ResponseError, match="has not the scope admin"):
            await client.delete("m")


async def test_openais_client_gives_it_as_its_own(backend: Settings, key: str) -> None:
    url = f"{backend.address.url}/v1"
    async with openai.AsyncOpenAI(base_url=url, api_key=key, timeout=20, max_retries=0) as client:
        said = await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "hi"}])
        assert said.choices[0].message.content
    async with openai.AsyncOpenAI(base_url=url, api_key="wrong", timeout=20, max_retries=0) as stranger:
        with pytest.raises(openai.AuthenticationError, match="wrong or revoked"):
            await stranger.models.list()


async def test_anthropics_client_gives_it_in_either_header(backend: Settings, key: str) -> None:
    url = backend.address.url
    by_key = anthropic.AsyncAnthropic(base_url=url, api_key=key, timeout=20, max_retries=0)
    by_token = anthropic.AsyncAnthropic(base_url=url, auth_token=key, timeout=20, max_retries=0)
    for client in (by_key, by_token):
        async with client:
            said = await client.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": "hi"}])
            assert said.content
    async with anthropic.AsyncAnthropic(base_url=url, api_key="wrong", timeout=20, max_retries=0) as stranger:
        with pytest.raises(anthropic.AuthenticationError, match="wrong or revoked"):
            await stranger.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": "hi"}])
