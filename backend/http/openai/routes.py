"""All routes of the family."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.http.openai.chat import ChatCompletions
from backend.http.openai.completions import Completions
from backend.http.openai.embeddings import Embeddings
from backend.http.openai.models import OpenAIModels
from backend.http.openai.transcriptions import Transcriptions

if TYPE_CHECKING:
    from aiohttp import web

    from backend.inference.service import Inference
    from backend.monitor.requests import LiveRequests
    from backend.store.store import Store


def routes(inference: Inference, live: LiveRequests, store: Store) -> list[web.RouteDef]:
    return [
        *ChatCompletions(inference, live).routes(),
        *Completions(inference, live).routes(),
        *Embeddings(inference, live).routes(),
        *OpenAIModels(store).routes(),
        *Transcriptions(inference, live).routes(),
    ]
