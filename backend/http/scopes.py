"""What each route asks of who uses it. A route that is not named here is closed to everybody."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from backend.keys import Scope

if TYPE_CHECKING:
    from aiohttp import web


class Need(Enum):
    """OPEN wants no key at all; OWNER is `admin`, and wants it proved even where other requests want no key."""

    OPEN = "open"
    READ = Scope.READ
    INFER = Scope.INFER
    ADMIN = Scope.ADMIN
    OWNER = "owner"

    @property
    def scope(self) -> Scope:
        """The scope of a key that is enough, where one is wanted."""
        return Scope(self.value) if self in (Need.READ, Need.INFER) else Scope.ADMIN


# Conversations are the owner's own, and an engine's log may quote them: hence `admin`, though reading changes nothing.
_ROUTES: Final[dict[Need, tuple[str, ...]]] = {
    Need.OPEN: ("GET /", "GET /puna/v1/health"),
    Need.READ: (
        "GET /api/version",
        "GET /api/tags",
        "POST /api/show",
        "GET /api/ps",
        "HEAD /api/blobs/{digest}",
        "GET /api/status",
        "POST /api/me",
        "GET /api/experimental/model-recommendations",
        "GET /v1/models",
        "GET /v1/models/{model}",
        "GET /v2/",
        "GET /v2/{namespace}/{model}/manifests/{tag}",
        "GET /v2/{namespace}/{model}/blobs/{digest}",
        "GET /puna/v1/events",
        "GET /puna/v1/requests",
        "GET /puna/v1/devices",
        "GET /puna/v1/downloads",
        "GET /puna/v1/runners",
        "GET /puna/v1/engines",
        "GET /puna/v1/engines/of",
        "POST /puna/v1/estimate",
    ),
    Need.INFER: (
        "POST /api/generate",
        "POST /api/chat",
        "POST /api/embed",
        "POST /api/embeddings",
        "POST /api/experimental/web_search",
        "POST /api/experimental/web_fetch",
        "POST /v1/chat/completions",
        "POST /v1/completions",
        "POST /v1/embeddings",
        "POST /v1/audio/transcriptions",
        "POST /v1/responses",
        "POST /v1/messages",
        "POST /v1/messages/count_tokens",
        "POST /puna/v1/roofline",
        "POST /puna/v1/runners",
        "PATCH /puna/v1/runners/{id}",
        "DELETE /puna/v1/runners/{id}",
    ),
    Need.ADMIN: (
        "POST /api/copy",
        "DELETE /api/delete",
        "POST /api/create",
        "POST /api/pull",
        "POST /api/push",
        "POST /api/blobs/{digest}",
        "POST /api/signout",
        "DELETE /api/user/keys/{key}",
        "POST /puna/v1/verify",
        "DELETE /puna/v1/requests/{id}",
        "DELETE /puna/v1/runners",
        "GET /puna/v1/runners/{id}/log",
        "POST /puna/v1/downloads",
        "DELETE /puna/v1/downloads/{id}",
        "POST /puna/v1/downloads/{id}/pause",
        "POST /puna/v1/downloads/{id}/resume",
        "POST /puna/v1/downloads/{id}/move",
        "GET /puna/v1/sessions",
        "POST /puna/v1/sessions",
        "GET /puna/v1/sessions/search",
        "POST /puna/v1/sessions/import",
        "GET /puna/v1/sessions/{id}",
        "PATCH /puna/v1/sessions/{id}",
        "DELETE /puna/v1/sessions/{id}",
        "GET /puna/v1/sessions/{id}/export",
        "POST /puna/v1/sessions/{id}/save",
        "POST /puna/v1/sessions/{id}/turns",
        "GET /puna/v1/sessions/{id}/messages/{message}",
        "PATCH /puna/v1/sessions/{id}/messages/{message}",
        "DELETE /puna/v1/sessions/{id}/messages/{message}",
        "GET /puna/v1/sessions/{id}/messages/{message}/tokens",
        "GET /puna/v1/sessions/{id}/messages/{message}/images/{number}",
        "GET /puna/v1/turns/{turn}/stream",
        "POST /puna/v1/turns/{turn}/cancel",
    ),
    Need.OWNER: ("GET /puna/v1/keys", "POST /puna/v1/keys", "DELETE /puna/v1/keys/{name}"),
}
NEEDS: Final = {route: need for need, routes in _ROUTES.items() for route in routes}


def need_of(route: web.AbstractRoute) -> Need | None:
    """What a route asks; none if it is not named. HEAD asks what GET does."""
    path = "" if route.resource is None else route.resource.canonical
    return NEEDS.get(f"{route.method} {path}") or (NEEDS.get(f"GET {path}") if route.method == "HEAD" else None)
