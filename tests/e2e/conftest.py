"""A real daemon with SmolLM2 in its store, for all tests of this folder; each leaves it as it found it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from backend.client import Client
from tests.e2e.daemon import Daemon, add_model, daemon
from tests.models import gemma3, qwen, smollm2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    import anthropic
    import openai

    from backend.settings import Settings

MODEL = "smollm2"
QUESTION = "用中文回答：为什么天空是蓝色的？"  # noqa: RUF001 # Chinese has its own punctuation


@pytest.fixture(scope="package")
def smollm2_gguf() -> Path:
    return smollm2()


@pytest.fixture(scope="package")
def real_daemon(tmp_path_factory: pytest.TempPathFactory, smollm2_gguf: Path) -> Iterator[Daemon]:
    """`python -m backend` with two slots for each model."""
    with daemon(tmp_path_factory.mktemp("daemon"), OLLAMA_NUM_PARALLEL="2") as started:
        asyncio.run(_add(started.settings, smollm2_gguf))
        yield started


@pytest.fixture(scope="package")
def real_backend(real_daemon: Daemon) -> Settings:
    return real_daemon.settings


@pytest.fixture
async def real(real_backend: Settings) -> AsyncIterator[Client]:
    """A client of the shared daemon."""
    async with Client(real_backend) as client:
        yield client


@pytest.fixture
async def gemma(real: Client) -> AsyncIterator[str]:
    """Gemma 3 270M, a base model without a chat template."""
    await add_model(real, "gemma", gemma3())
    yield "gemma"
    await real.unload("gemma")


@pytest.fixture
async def coder(real: Client) -> AsyncIterator[str]:
    """Qwen2.5-Coder 0.5B, whose template knows tools."""
    await add_model(real, "coder", qwen())
    yield "coder"
    await real.unload("coder")


@pytest.fixture
def gpt(real_daemon: Daemon) -> Iterator[openai.OpenAI]:
    """OpenAI's official client."""
    import openai

    with openai.OpenAI(base_url=f"{real_daemon.url}/v1", api_key="none", timeout=60, max_retries=0) as client:
        yield client


@pytest.fixture
async def async_gpt(real_daemon: Daemon) -> AsyncIterator[openai.AsyncOpenAI]:
    import openai

    url = f"{real_daemon.url}/v1"
    async with openai.AsyncOpenAI(base_url=url, api_key="none", timeout=60, max_retries=0) as client:
        yield client


@pytest.fixture
def claude(real_daemon: Daemon) -> Iterator[anthropic.Anthropic]:
    """Anthropic's official client."""
    import anthropic

    with anthropic.Anthropic(base_url=real_daemon.url, api_key="none", timeout=60, max_retries=0) as client:
        yield client


@pytest.fixture
async def async_claude(real_daemon: Daemon) -> AsyncIterator[anthropic.AsyncAnthropic]:
    import anthropic

    async with anthropic.AsyncAnthropic(base_url=real_daemon.url, api_key="none", timeout=60, max_retries=0) as client:
        yield client


async def _add(settings: Settings, gguf: Path) -> None:
    async with Client(settings) as client:
        await add_model(client, MODEL, gguf)
