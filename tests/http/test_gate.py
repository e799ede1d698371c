"""Keys and scopes at the door: every route of the application times every key."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from backend.http.gate import Rules
from backend.http.scopes import NEEDS, Need, need_of
from backend.http.server import make_app
from backend.keys import FILE_NAME, Keyring, Scope
from tests.fakes.application import address

if TYPE_CHECKING:
    from pathlib import Path

    from backend.settings import Settings
    from tests.fakes.wire import Answer, Wire

KEYED = {"PUNA_REQUIRE_KEY": "1", "PUNA_SHARE": "1"}
keyed = pytest.mark.parametrize("settings", [KEYED], indirect=True)
shared = pytest.mark.parametrize("settings", [{"PUNA_SHARE": "1"}], indirect=True)
READING = {"/api/show", "/api/me", "/puna/v1/estimate"}
ADMIN_ALONE = (
    "/api/pull",
    "/api/push",
    "/api/create",
    "/api/delete",
    "/api/copy",
    "/puna/v1/keys",
    "/puna/v1/sessions",
)


def bearer(settings: Settings, *scopes: Scope, name: str = "laptop") -> dict[str, str]:
    """The header of a new key."""
    return {"Authorization": f"Bearer {Keyring(settings.state).create(name, scopes)[1]}"}


async def get(wire: Wire, headers: dict[str, str] | None = None, path: str = "/api/tags") -> Answer:
    return await wire.send("GET", path, headers=headers)


@shared
async def test_every_route_has_a_scope_and_every_scope_a_route(apps: list[web.Application], wire: Wire) -> None:
    assert wire
    routes = list(apps[0].router.routes())
    assert [str(route) for route in routes if need_of(route) is None] == []
    served = {f"{route.method} {route.resource.canonical}" for route in routes if route.resource is not None}
    assert set(NEEDS) - served == set()
    assert {route for route, need in NEEDS.items() if need is Need.OPEN} == {"GET /", "GET /puna/v1/health"}


def test_what_changes_the_store_or_is_private_wants_admin() -> None:
    for route, need in NEEDS.items():
        method, path = route.split()
        if path.startswith(ADMIN_ALONE):
            assert need.scope is Scope.ADMIN, route
        if need is Need.READ:
            assert method in {"GET", "HEAD"} or path in READING, route


@keyed
async def test_every_route_opens_to_its_scope_alone(apps: list[web.Application], backend: Settings, wire: Wire) -> None:
    keys = {scope: bearer(backend, scope, name=scope) for scope in Scope}
    for route in apps[0].router.routes():
        need = need_of(route)
        assert need is not None
        shut = await status(wire, route, {})
        assert shut == ("open" if need is Need.OPEN else "no key"), route
        for scope, header in keys.items():
            fits = need is Need.OPEN or scope in (need.scope, Scope.ADMIN)
            assert await status(wire, route, header) == ("open" if fits else "no scope"), (scope, route)


async def status(wire: Wire, route: web.AbstractRoute, headers: dict[str, str]) -> str:
    """What the gate says to a request; a stream is not read to its end."""
    request = wire.session.request(route.method, address(route), data=b"{}", headers=headers, allow_redirects=False)
    async with request as answer:
        if answer.headers.get("WWW-Authenticate") == "Bearer":
            assert answer.status == 401
            return "no key"
        if answer.status == 403 and (b"has not the scope" in await answer.read() or route.method == "HEAD"):
            return "no scope"
        return "open"


@keyed
@pytest.mark.parametrize("path", ["/nope", "/api/tags/", "/api/generate", "/puna/v1/sessions/x/y"])
async def test_what_is_no_route_wants_a_key_too(wire: Wire, backend: Settings, path: str) -> None:
    assert (await get(wire, path=path)).status == 401
    assert (await get(wire, bearer(backend, Scope.READ), path)).status in {404, 405, 301}


@keyed
async def test_both_headers_of_the_official_clients_are_taken(wire: Wire, backend: Settings) -> None:
    shown = bearer(backend, Scope.READ)["Authorization"].removeprefix("Bearer ")
    for headers, answer in (
        ({"Authorization": f"Bearer {shown}"}, 200),
        ({"authorization": f"bearer  {shown}"}, 200),
        ({"x-api-key": shown}, 200),
        ({"Authorization": shown}, 401),
        ({"Authorization": f"Basic {shown}"}, 401),
        ({"Authorization": "Bearer"}, 401),
        ({"Authorization": f"Bearer {shown}x"}, 401),
        ({"x-api-key": shown.upper()}, 401),
        ({"Cookie": f"key={shown}"}, 401),
    ):
        assert (await get(wire, headers)).status == answer, headers
    assert (await get(wire, path=f"/api/tags?key={shown}")).status == 401


@keyed
async def test_a_refusal_says_what_to_do_in_the_shape_of_its_family(wire: Wire, backend: Settings) -> None:
    assert "puna keys create NAME" in (await get(wire)).refusal[1]
    assert "wrong or revoked" in (await get(wire, {"Authorization": "Bearer nobody"})).refusal[1]
    openai = await wire.send("POST", "/v1/chat/completions", b"{}")
    assert "wants a key" in (await _json(openai))["error"]["message"]
    anthropic = await wire.send("POST", "/v1/messages", b"{}")
    assert (await _json(anthropic))["error"]["type"] == "authentication_error"
    read = bearer(backend, Scope.READ)
    refused = await wire.send("POST", "/api/pull", b"{}", read)
    assert refused.refusal[1].startswith("the key 'laptop' has not the scope admin; `puna keys create")


async def _json(answer: Answer) -> Any:
    import orjson

    return orjson.loads(answer.body)


@keyed
async def test_a_revoked_key_and_damaged_keys_let_nobody_in(wire: Wire, backend: Settings) -> None:
    headers = bearer(backend, Scope.READ)
    assert (await get(wire, headers)).status == 200
    Keyring(backend.state).revoke("laptop")
    assert (await get(wire, headers)).status == 401
    (backend.state / FILE_NAME).write_text("{")
    answer = await get(wire, headers)
    assert answer.refusal == (503, "the backend cannot read its keys; its log says why")
    assert (await get(wire, path="/puna/v1/health")).status == 200


@keyed
async def test_a_body_is_not_read_before_the_key(wire: Wire, backend: Settings) -> None:
    request = b"POST /api/blobs/sha256:%b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n" % (
        b"0" * 64
    )
    assert (await wire.head_of(request)).startswith(b"HTTP/1.1 401 ")


@keyed
async def test_the_unix_socket_wants_no_key(backend: Settings) -> None:
    connector = aiohttp.UnixConnector(str(backend.socket))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get("http://localhost/api/tags") as tags,
        session.get("http://localhost/puna/v1/keys") as keys,
    ):
        assert (tags.status, keys.status) == (200, 200)


async def test_loopback_wants_no_key_and_heeds_none(wire: Wire) -> None:
    for headers in ({}, {"Authorization": "Bearer ollama"}, {"x-api-key": "ollama"}):
        assert (await get(wire, headers)).status == 200


async def test_keys_are_made_by_their_owner_alone_even_on_loopback(wire: Wire, backend: Settings) -> None:
    """Else any user of a shared machine could keep a key for the day on which keys are wanted."""
    body = b'{"name":"mine","scopes":["admin"]}'
    assert (await wire.send("POST", "/puna/v1/keys", body)).status == 401
    assert (await wire.send("POST", "/puna/v1/keys", body, bearer(backend, Scope.READ, name="r"))).status == 403
    admin = bearer(backend, Scope.ADMIN, name="boss")
    made = (await wire.send("POST", "/puna/v1/keys", body, admin)).json
    assert (made["name"], made["scopes"], made["key"][:5]) == ("mine", ["admin"], "puna_")
    listed = await get(wire, admin, "/puna/v1/keys")
    assert [key["name"] for key in listed.json["keys"]] == ["r", "boss", "mine"]
    assert made["key"].encode() not in listed.body
    assert b"hash" not in listed.body
    mine = {"x-api-key": made["key"]}
    assert (await wire.send("DELETE", "/puna/v1/keys/r", headers=mine)).status == 204
    assert (await wire.send("DELETE", "/puna/v1/keys/r", headers=mine)).refusal == (404, "there is no key 'r'")
    odd = await wire.send("POST", "/puna/v1/keys", b'{"name":"x","scopes":["root"]}', admin)
    assert odd.refusal == (400, "'root' is not a valid Scope; scopes are read, infer, admin")


async def test_a_route_in_no_scope_is_closed_to_everybody(tmp_path: Path) -> None:
    async def handler(request: web.Request) -> web.Response:
        raise AssertionError("it is open")

    app = make_app([[web.get("/new", handler)]], Rules(Keyring(tmp_path)))
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.UnixSite(runner, str(tmp_path / "s")).start()
        async with (
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(tmp_path / "s"))) as session,
            session.get("http://localhost/new") as answer,
        ):
            assert (answer.status, await answer.json()) == (403, {"error": "this route is closed"})
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("settings", [{"PUNA_HOSTS": "Box.example, b.example"}], indirect=True)
async def test_names_of_this_machine_can_be_added(wire: Wire) -> None:
    for host, answer in (("box.example:443", 200), ("b.example", 200), ("c.b.example", 403), ("example", 403)):
        assert (await get(wire, {"Host": host})).status == answer


@keyed
async def test_an_unknown_name_is_told_how_it_becomes_known(wire: Wire, backend: Settings) -> None:
    answer = await get(wire, bearer(backend, Scope.READ) | {"Host": "box.example"})
    assert answer.status == 403
    assert "PUNA_HOSTS" in answer.refusal[1]


async def test_two_hosts_are_none(wire: Wire) -> None:
    head = await wire.head_of(b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
    assert head.split()[1] in {b"400", b"403"}


@keyed
async def test_a_preflight_of_an_allowed_page_needs_no_key(wire: Wire) -> None:
    asked = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST"}
    assert (await wire.send("OPTIONS", "/api/chat", headers=asked)).status == 204
    refused = await get(wire, {"Origin": "http://localhost:3000"})
    assert refused.status == 401
    assert refused.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"


@keyed
async def test_many_wrong_keys_at_once_disturb_nobody(wire: Wire, backend: Settings) -> None:
    right = bearer(backend, Scope.READ)
    answers = await asyncio.gather(
        *(get(wire, {"x-api-key": f"puna_{number}"}) for number in range(50)), get(wire, right)
    )
    assert [answer.status for answer in answers] == [401] * 50 + [200]
