"""`/puna/v1/keys`: the keys of this backend, for its owner alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from backend.errors import BadRequest
from backend.http.body import decode
from backend.http.reply import json_reply
from backend.keys import Scope
from backend.wire.keys import CreatedKey, KeyList, KeyView, NewKey

if TYPE_CHECKING:
    from backend.keys import Keyring

_ROOT = "/puna/v1/keys"


class Keys:
    """Handlers over the keyring."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(_ROOT, self.list, allow_head=False),
            web.post(_ROOT, self.create),
            web.delete(f"{_ROOT}/{{name}}", self.revoke),
        ]

    async def list(self, request: web.Request) -> web.Response:
        keys = await asyncio.to_thread(self._keyring.list)
        return json_reply(KeyList(keys=[KeyView.of(key) for key in keys]))

    async def create(self, request: web.Request) -> web.Response:
        """Answers with the key's text, as nothing does ever again."""
        wanted = await decode(request, NewKey)
        try:
            scopes = [Scope(scope) for scope in wanted.scopes]
        except ValueError as error:
            raise BadRequest(f"{error}; scopes are {', '.join(Scope)}") from None
        key, text = await asyncio.to_thread(self._keyring.create, wanted.name, scopes)
        view = KeyView.of(key)
        return json_reply(CreatedKey(name=view.name, scopes=view.scopes, created=view.created, key=text))

    async def revoke(self, request: web.Request) -> web.Response:
        await asyncio.to_thread(self._keyring.revoke, request.match_info["name"])
        return web.Response(status=204)
