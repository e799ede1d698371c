"""Downloads from registries that misbehave (threats.md: "Hostile blob", "Resume", "SSRF", "Token leak")."""

from __future__ import annotations

import asyncio
import json
import random
from typing import TYPE_CHECKING

import pytest

from backend.errors import BackendError, RegistryError
from backend.registry import transfer
from backend.registry.address import AddressGuard, AddressRefused, is_private
from backend.registry.client import Registry
from backend.registry.transfer import Pace, Transfer, part_sizes
from backend.store import Digest, ModelName, Store
from tests.fakes.registry import FakeRegistry, registry

if TYPE_CHECKING:
    from backend.registry.key import KeyPair

pytestmark = pytest.mark.section("E.3")

DATA = random.Random(2).randbytes(1_000_000)  # noqa: S311 # no secret
DIGEST = Digest.of(DATA)
PACE = Pace(stall_s=0.3, locate_s=1.0, further_s=0.0, other_s=0.01, backoff=lambda _: 0.0)


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "SMALLEST", 100_000)
    monkeypatch.setattr(transfer, "CHUNK", 40_000)
    monkeypatch.setattr(transfer, "PROGRESS", 10_000)


async def fetch(store: Store, fake: FakeRegistry, key: KeyPair, name: str = "a/b") -> None:
    fake.put(DATA)
    model = ModelName.parse(f"{fake.url}/{name}")
    await Transfer(store.blobs, lambda: Registry(model, key, insecure=True), DIGEST, len(DATA), PACE).run()


def stored(store: Store) -> bool:
    assert not list(store.blobs.folder.glob("*partial*"))
    return store.blobs.path(DIGEST).read_bytes() == DATA


@pytest.mark.parametrize(
    ("total", "sizes"),
    [
        (0, []),
        (1, [1]),
        (250_000, [100_000, 100_000, 50_000]),
        (3_200_000, [200_000] * 16),
        (1_000_000_000_000, [1_000_000_000] * 1000),
    ],
)
def test_parts_are_a_sixteenth_within_bounds(total: int, sizes: list[int]) -> None:
    assert part_sizes(total) == sizes


async def test_parts_are_fetched_by_range(store: Store, fake: FakeRegistry, key: KeyPair) -> None:
    await fetch(store, fake, key)
    assert stored(store)
    assert sorted(fake.ranges(DATA)) == [0, *range(0, 1_000_000, 100_000)]  # one asks where the blob is


async def test_connections_that_are_waited_for_get_company(store: Store, fake: FakeRegistry, key: KeyPair) -> None:
    fake.pause = 0.02
    await fetch(store, fake, key)
    assert fake.most_sending > 1


@pytest.mark.parametrize("fault", ["short", "stall", "error"])
async def test_what_breaks_is_tried_again(store: Store, fake: FakeRegistry, key: KeyPair, fault: str) -> None:
    fake.fault, fake.faults = fault, 4
    await fetch(store, fake, key)
    assert stored(store)
    assert fake.sent == len(DATA)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("error", "max retries exceeded: 503: try later"),
        ("wrong range", "another range"),
        ("wrong announcement", "announced 100001 bytes instead of 100000"),
        ("wrong length", "has 1000001 bytes of a blob that should have 1000000"),
        ("endless", "more bytes than it was asked for"),
        ("compressed", "compressed"),
    ],
)
async def test_what_lies_is_refused(store: Store, fake: FakeRegistry, key: KeyPair, fault: str, words: str) -> None:
    fake.fault = fault
    with pytest.raises(RegistryError, match=words):
        await fetch(store, fake, key)
    assert store.blobs.size(DIGEST) is None
    fake.fault = ""
    await fetch(store, fake, key)
    assert stored(store)


async def test_a_server_that_never_gets_on_is_given_up(store: Store, fake: FakeRegistry, key: KeyPair) -> None:
    fake.fault = "stall"
    transfer.PROGRESS = 1 << 20
    with pytest.raises(RegistryError, match="max retries exceeded: the registry has stopped sending"):
        await fetch(store, fake, key)


async def test_a_server_without_ranges_sends_all_at_once(store: Store, fake: FakeRegistry, key: KeyPair) -> None:
    fake.fault = "no ranges"
    await fetch(store, fake, key)
    assert stored(store)


async def test_a_download_of_ollama_is_resumed(store: Store, fake: FakeRegistry, key: KeyPair) -> None:
    store.blobs.folder.mkdir(parents=True)
    partial = store.blobs.folder / f"{DIGEST.filename}-partial"
    partial.write_bytes(DATA[:300_000] + bytes(700_000))
    for number, (offset, size, completed) in enumerate([(0, 400_000, 300_000), (400_000, 600_000, 0)]):
        part = {"N": number, "Offset": offset, "Size": size, "Completed": completed}
        partial.with_name(f"{partial.name}-{number}").write_text(json.dumps(part))
    await fetch(store, fake, key)
    assert stored(store)
    assert sorted(fake.ranges(DATA)) == [0, 300_000, 400_000]
    assert not [asked for asked in fake.asked if asked.method == "HEAD"]


@pytest.mark.parametrize("location", ["", "file:///etc/passwd", "http://[x/", "gopher://x/"])
async def test_a_redirect_to_nowhere_is_an_error(store: Store, fake: FakeRegistry, key: KeyPair, location: str) -> None:
    fake.location = location
    with pytest.raises(RegistryError, match=r"no Location header|no web address"):
        await fetch(store, fake, key)


@pytest.mark.section("E.1")
async def test_credentials_stay_with_the_registry(store: Store, fake: FakeRegistry, key: KeyPair) -> None:
    async with registry() as cdn:
        cdn.put(DATA)
        fake.token = "secret"  # noqa: S105 # a fake's
        fake.location = f"{cdn.url}/elsewhere/{DIGEST}"
        await fetch(store, fake, key)
        assert stored(store)
        assert cdn.asked
        assert not [asked for asked in cdn.asked if asked.authorization]
        assert fake.sent == 0


@pytest.mark.section("E.1")
async def test_a_signature_is_never_sent_to_another_host(store: Store, fake: FakeRegistry, key: KeyPair) -> None:
    async with registry() as thief:
        fake.token = "secret"  # noqa: S105 # a fake's
        fake.challenge = f'Bearer realm="{thief.url}/token",service="x"'
        with pytest.raises(RegistryError) as error:
            await fetch(store, fake, key)
        assert str(error.value) == f'realm host "{thief.host}" does not match original host "{fake.host}"'
        assert thief.asked == []


@pytest.mark.section("E.1")
@pytest.mark.parametrize("challenge", ["Bearer realm=", 'Bearer realm="', "Basic realm=x", "Bearer", "Negotiate \x7f"])
async def test_a_broken_challenge_is_an_error(store: Store, fake: FakeRegistry, key: KeyPair, challenge: str) -> None:
    fake.token, fake.challenge = "secret", challenge
    with pytest.raises(BackendError):
        await fetch(store, fake, key)
    assert not [asked for asked in fake.asked if asked.path == "/token"]


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fe80::1%eth0", "64:ff9b::7f00:1",
     "2002:7f00:1::", "::", "100.64.0.1", "224.0.0.1"],
)  # fmt: skip
def test_a_redirect_from_a_public_registry_into_private_networks_is_refused(host: str) -> None:
    assert is_private(host)
    guard = AddressGuard()
    guard.socket((2, 1, 6, "", ("8.8.8.8", 443))).close()
    with pytest.raises(AddressRefused):
        guard.socket((2, 1, 6, "", (host, 80)))
    with pytest.raises(AddressRefused):
        guard.check(host)


def test_a_private_registry_may_lead_to_its_neighbours() -> None:
    guard = AddressGuard()
    guard.socket((2, 1, 6, "", ("10.0.0.1", 443))).close()
    guard.socket((2, 1, 6, "", ("10.0.0.2", 443))).close()


async def test_a_redirect_by_name_is_judged_by_the_connected_address(
    store: Store, fake: FakeRegistry, key: KeyPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`2130706433` and `localhost` are 127.0.0.1; the registry's own address is declared public here."""
    own = int(fake.url.rpartition(":")[2])
    guarded = AddressGuard.socket

    def socket(guard: AddressGuard, info: tuple[int, int, int, str, tuple[object, ...]]) -> object:
        if info[4][1] == own:
            guard.leave()
            guard = AddressGuard()
        return guarded(guard, info)

    monkeypatch.setattr(AddressGuard, "socket", socket)
    async with registry() as inside:
        inside.put(DATA)
        port = inside.url.rpartition(":")[2]
        for host in ("2130706433", "localhost", "127.0.0.1"):
            fake.location = f"http://{host}:{port}/elsewhere/{DIGEST}"
            with pytest.raises(RegistryError, match=r"private address|not a canonical IPv4 address"):
                await fetch(store, fake, key)
        assert inside.asked == []


async def test_a_cancelled_closing_leaves_no_session_open(key: KeyPair, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Registry(ModelName.parse("http://127.0.0.1:1/a/b"), key) as client:
        first, second = client._direct, client._proxied
        assert first is not None
        assert second is not None
        close = second.close

        async def cancelled() -> None:
            await close()
            raise asyncio.CancelledError

        monkeypatch.setattr(second, "close", cancelled)  # the one that is closed first
        with pytest.raises(asyncio.CancelledError):
            await client.__aexit__(None, None, None)
        assert first.closed
        assert second.closed
        monkeypatch.undo()
