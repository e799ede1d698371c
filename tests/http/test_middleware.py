"""Who may ask from where: the specification's section K. A web page must not reach a server on loopback."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests.fakes.application import address

if TYPE_CHECKING:
    from aiohttp import web

    from backend.settings import Settings
    from tests.fakes.wire import Answer, Wire

pytestmark = pytest.mark.section("K")

FOREIGN = {"Origin": "https://evil.example"}


async def get(wire: Wire, path: str = "/api/version", **headers: str) -> Answer:
    return await wire.send("GET", path, headers={name.replace("_", "-"): text for name, text in headers.items()})


async def test_every_route_refuses_a_foreign_page(apps: list[web.Application], wire: Wire) -> None:
    routes = [(route.method, address(route)) for route in apps[0].router.routes()]
    assert len(routes) > 20
    for method, path in routes:
        for headers in (FOREIGN, {"Sec-Fetch-Site": "cross-site"}, {"Host": "evil.example"}):
            answer = await wire.send(method, path, b"{}", headers)
            assert (method, path, answer.status, answer.body) == (method, path, 403, b"")
            assert not [name for name in answer.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("path", ["/nope", "/api/tags/", "/api/generate"])
async def test_what_is_no_route_refuses_a_foreign_page_too(wire: Wire, path: str) -> None:
    assert (await get(wire, path, **FOREIGN)).status == 403


@pytest.mark.section("M.22")
@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "LOCALHOST:1", "127.0.0.1:11434", "127.8.9.1", "[::1]:80", "10.1.2.3", "192.168.0.9"),
        *("box.localhost", socket.gethostname(), "0.0.0.0"),  # noqa: S104 # a name in a header, not a bind
    ],
)
async def test_hosts_of_this_machine_pass(wire: Wire, host: str) -> None:
    assert (await get(wire, Host=host)).status == 200


@pytest.mark.parametrize(
    "host", ["example.com", "8.8.8.8", "localhost.example.com", "127.0.0.1.nip.io", "printer.local", "[", "[x]", "a b"]
)
async def test_foreign_hosts_are_refused(wire: Wire, host: str) -> None:
    answer = await get(wire, Host=host)
    assert (answer.status, answer.body) == (403, b"")


async def test_no_host_passes(wire: Wire) -> None:
    assert (await wire.head_of(b"GET / HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.0 200 ")
    assert (await wire.head_of(b"GET / HTTP/1.1\r\nHost:\r\n\r\n")).startswith(b"HTTP/1.1 200 ")


async def test_the_unix_socket_refuses_foreign_hosts_too(backend: Settings) -> None:
    connector = aiohttp.UnixConnector(str(backend.socket))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get("http://anything.example/api/version") as foreign,
        session.get("http://localhost/api/version") as local,
    ):
        assert (foreign.status, local.status) == (403, 200)


@pytest.mark.section("M.22")
@pytest.mark.parametrize(
    "origin",
    [
        *("http://localhost", "https://localhost:3000", "http://127.0.0.1:8080", "http://0.0.0.0", "app://obsidian.md"),
        *("file://", "tauri://localhost", "vscode-webview://abc", "vscode-file://vscode-app"),
    ],
)
async def test_local_pages_and_apps_are_allowed_and_named(wire: Wire, origin: str) -> None:
    for path, status in (("/api/version", 200), ("/nope", 404)):
        answer = await get(wire, path, Origin=origin)
        assert answer.status == status
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize(
    "origin",
    [
        *(
            "null",
            "https://localhost.evil.example",
            "http://localhost@evil.example",
            "chrome-extension://abc",
            "http://[",
        ),
        *("http://8.8.8.8", "ftp://localhost", "localhost", ""),
    ],
)
async def test_other_origins_are_refused(wire: Wire, origin: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        answer = await wire.send(method, "/api/version", headers={"Origin": origin})
        assert (answer.status, answer.body) == (403, b"")


async def test_the_servers_own_page_needs_no_header(wire: Wire, backend: Settings) -> None:
    answer = await get(wire, Origin=backend.address.url)
    assert answer.status == 200
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert (await get(wire, Origin="http://evil.example", Host="evil.example")).status == 403


async def test_what_browsers_tell_about_a_request_without_an_origin(wire: Wire) -> None:
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)):
        assert (await get(wire, Sec_Fetch_Site=site)).status == status


@pytest.mark.parametrize("path", ["/api/chat", "/nope"])
async def test_a_preflight_is_answered(wire: Wire, path: str) -> None:
    answer = await wire.send("OPTIONS", path, headers={"Origin": "http://localhost:3000"})
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert answer.headers["Access-Control-Allow-Methods"].startswith("GET, POST, PUT, PATCH, DELETE, HEAD")
    assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]
    assert answer.headers["Access-Control-Max-Age"] == "43200"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert (await wire.send("OPTIONS", path)).status == 204


@pytest.mark.section("M.22")
@pytest.mark.parametrize(
    "settings", [{"OLLAMA_ORIGINS": "https://a.example, chrome-extension://*,http://*.b.example"}], indirect=True
)
async def test_further_origins_can_be_allowed(wire: Wire) -> None:
    for origin in ("https://a.example", "chrome-extension://abc", "http://x.b.example"):
        assert (await get(wire, Origin=origin)).headers["Access-Control-Allow-Origin"] == origin
    for origin in ("http://a.example", "https://a.example.evil", "http://b.example", "https://x.b.example"):
        assert (await get(wire, Origin=origin)).status == 403


@pytest.mark.parametrize("settings", [{"OLLAMA_ORIGINS": "*"}], indirect=True)
async def test_all_origins_can_be_allowed(wire: Wire) -> None:
    assert (await get(wire, **FOREIGN)).status == 200


async def test_streams_name_the_origin_too(wire: Wire) -> None:
    async with wire.session.get("/puna/v1/events", headers={"Origin": "http://localhost"}) as response:
        assert response.headers["Access-Control-Allow-Origin"] == "http://localhost"


async def test_the_preflight_of_a_browsers_openai_client_passes(wire: Wire) -> None:
    asked = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST"}
    answer = await wire.send("OPTIONS", "/v1/chat/completions", headers=asked)
    assert "x-stainless-retry-count" in answer.headers["Access-Control-Allow-Headers"]
