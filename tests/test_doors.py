"""Where a backend listens, and when it refuses to."""

from __future__ import annotations

import os
import ssl
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from backend import doors
from backend.address import parse_host
from backend.app import running
from backend.client import Client
from backend.errors import ConnectFailed, SettingsError, Unauthorized
from backend.keys import Keyring, Scope
from backend.settings import load
from backend.tls import server_context
from tests.fakes.backend import FAKE_RUNNER, environment

if TYPE_CHECKING:
    from backend.settings import Settings

WORLD = "0.0.0.0"  # noqa: S104 # refused or guarded


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate of this machine that nobody trusts, and its key."""
    names = ("-keyout", str(tmp_path / "tls.key"), "-out", str(tmp_path / "tls.pem"), "-subj", "/CN=localhost")
    more = ("-days", "2", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    kind = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    subprocess.run(["openssl", *kind, *names, *more], check=True, capture_output=True, timeout=30)
    return tmp_path / "tls.pem", tmp_path / "tls.key"


@pytest.fixture
def boss(settings: Settings) -> str:
    """A key that opens everything."""
    return Keyring(settings.state).create("boss", [Scope.ADMIN])[1]


@pytest.mark.parametrize("host", [WORLD, "192.168.1.5", "::", "box.example"])
def test_without_a_key_no_network_is_listened_on(tmp_path: Path, host: str) -> None:
    for more in ({}, {"PUNA_INSECURE_PLAINTEXT": "1"}, {"PUNA_TLS_CERTIFICATE": "/c", "PUNA_TLS_KEY": "/k"}):
        settings = load(environment(tmp_path, OLLAMA_HOST=host, **more))
        with pytest.raises(SettingsError, match=f"refusing to listen on {host}: .* puna keys create NAME"):
            doors.check_exposure(settings, Keyring(settings.state))


@pytest.mark.usefixtures("boss")
def test_with_a_key_tls_or_consent_is_wanted_too(settings: Settings, tmp_path: Path) -> None:
    for more, refused in (
        ({}, True),
        ({"PUNA_REQUIRE_KEY": "1"}, True),
        ({"PUNA_INSECURE_PLAINTEXT": "1"}, False),
        ({"PUNA_TLS_CERTIFICATE": "/c", "PUNA_TLS_KEY": "/k"}, False),
        ({"PUNA_SOCKET_ONLY": "1"}, False),
        ({"OLLAMA_HOST": "127.0.0.1"}, False),
    ):
        wanted = load(environment(tmp_path, **{"OLLAMA_HOST": WORLD, **more}))
        if refused:
            with pytest.raises(SettingsError, match=r"without TLS: .* PUNA_INSECURE_PLAINTEXT=1"):
                doors.check_exposure(wanted, Keyring(settings.state))
        else:
            doors.check_exposure(wanted, Keyring(settings.state))


async def test_a_network_is_listened_on_with_a_key_that_everybody_needs(
    settings: Settings, boss: str, tmp_path: Path
) -> None:
    more = {"OLLAMA_HOST": f"{WORLD}:{settings.address.port}", "PUNA_INSECURE_PLAINTEXT": "1"}
    open_to_all = load(environment(tmp_path, **more))
    async with running(open_to_all, FAKE_RUNNER), Client(open_to_all) as owner:
        assert owner.place == str(open_to_all.socket)
        await owner.tags()
        async with aiohttp.ClientSession(settings.address.url) as session:
            for headers, status in (({}, 401), ({"x-api-key": boss}, 200)):
                async with session.get("/api/tags", headers=headers) as answer:
                    assert answer.status == status
            async with session.get("/") as alive:
                assert alive.status == 200


@pytest.mark.parametrize("settings", [{"PUNA_SOCKET_ONLY": "1"}], indirect=True)
async def test_the_socket_can_be_all_there_is(backend: Settings) -> None:
    async with Client(backend) as client:
        await client.version()
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(backend.address.url)


async def test_tls_is_spoken_with_a_certificate_and_trusted_by_its_file(
    settings: Settings,
    boss: str,
    certificate: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    more = {"PUNA_TLS_CERTIFICATE": str(certificate[0]), "PUNA_TLS_KEY": str(certificate[1])}
    port = settings.address.port
    with_tls = load(environment(tmp_path, OLLAMA_HOST=f"https://127.0.0.1:{port}", PUNA_REQUIRE_KEY="1", **more))
    outside = load(environment(tmp_path, OLLAMA_HOST=f"https://127.0.0.1:{port}", PUNA_KEY=boss))
    async with running(with_tls, FAKE_RUNNER):
        with pytest.raises(ConnectFailed, match=r"is not trusted .*SSL_CERT_FILE"):
            async with Client(outside) as client:
                await client.version()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        async with Client(outside) as client:
            assert client.place == f"https://127.0.0.1:{port}"
            await client.tags()
        with pytest.raises(Unauthorized, match="puna keys create"):
            async with Client(load(environment(tmp_path, OLLAMA_HOST=f"https://127.0.0.1:{port}"))) as client:
                await client.tags()
        context = ssl.create_default_context(cafile=str(certificate[0]))
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        async with aiohttp.ClientSession() as session, session.get(outside.address.url, ssl=context) as alive:
            assert alive.status == 200


def test_files_that_make_no_tls_are_named(certificate: tuple[Path, Path], tmp_path: Path) -> None:
    pem, key = certificate
    assert server_context(Path(), Path()) is None
    assert server_context(pem, key) is not None
    for one, two, said in (
        (pem, Path(), "needs both PUNA_TLS_CERTIFICATE and PUNA_TLS_KEY"),
        (tmp_path / "none", key, "none cannot be read"),
        (key, key, "are no certificate and its private key"),
    ):
        with pytest.raises(SettingsError, match=said):
            server_context(one, two)
    key.chmod(0o604)
    with pytest.raises(SettingsError, match="everybody can read the private key"):
        server_context(pem, key)


def test_the_socket_is_its_owners_alone(settings: Settings) -> None:
    path = settings.socket.parent / "new" / "api.sock"
    previous = os.umask(0)
    try:
        with doors.unix(path):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    finally:
        os.umask(previous)


def test_a_folder_that_others_change_holds_no_socket(settings: Settings) -> None:
    folder = settings.socket.parent
    folder.chmod(0o777)
    with pytest.raises(SettingsError, match="others can change the folder"), doors.unix(settings.socket):
        raise AssertionError("it listens")
    folder.chmod(0o1777)
    with doors.unix(settings.socket):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes sockets of others")
def test_a_client_trusts_no_socket_of_another_user(settings: Settings) -> None:
    with doors.unix(settings.socket):
        os.chown(settings.socket, 12345, 12345)
        with pytest.raises(ConnectFailed, match="belongs to another user"):
            Client(settings)


def test_another_port_is_not_reached_by_the_socket_of_this_one(settings: Settings) -> None:
    other = settings.at(parse_host("127.0.0.1:9"))
    assert other.socket == settings.socket.parent / "api-9.sock"
    assert settings.at(settings.address) == settings
