"""One Ollama-style registry over HTTP (the specification's section E.1)."""

from __future__ import annotations

import asyncio
import platform
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self

import aiohttp
import msgspec
from yarl import URL

from backend import __version__
from backend.address import Address
from backend.errors import RegistryError
from backend.registry.address import AddressGuard, AddressRefused, proxy_for
from backend.registry.auth import Challenge, signed_text, token_address
from backend.registry.threaded import in_thread
from backend.store.manifest import MANIFEST, MANIFEST_LIMIT
from backend.store.name import DEFAULT_HOST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from types import TracebackType

    from backend.registry.key import KeyPair
    from backend.store import Digest, ModelName

ANSWER_S = 30.0  # until the first byte of an answer
_MANIFEST_S = 120.0
_HOPS = 10
_ERROR_BYTES = 4096
_BUFFER = 1 << 20
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}  # as Go names them
USER_AGENT = (
    f"ollama/{__version__} ({_MACHINES.get(platform.machine(), platform.machine())} {sys.platform}) Puna/{__version__}"
)


class _Token(msgspec.Struct):
    token: str = ""
    access_token: str = ""


def base_url(name: ModelName, *, insecure: bool) -> URL:
    """Where the registry of `name` is. Raises `RegistryError` for plain HTTP that nobody allowed."""
    if name.host == DEFAULT_HOST:  # clients that always send `insecure` mean no harm
        return URL(f"https://{DEFAULT_HOST}")
    try:
        url = URL(f"{'http' if insecure else name.scheme}://{name.host}")
        if url.scheme == "http" and not insecure and not Address(url.host or "").is_loopback:
            raise RegistryError("insecure protocol http")
    except ValueError:
        raise RegistryError(f"{name.host} is no address of a registry") from None
    return url


class Registry:
    """The repository of one model; an async context manager. Every method raises `RegistryError`.

    Credentials go to the registry's own origin alone, and no redirect leads into private networks unless the registry
    itself is in one.
    """

    def __init__(self, name: ModelName, key: KeyPair, *, insecure: bool = False) -> None:
        self.name = name
        self.base = base_url(name, insecure=insecure)
        self._key = key
        self._token = ""
        self._guard = AddressGuard()
        self._direct: aiohttp.ClientSession | None = None
        self._proxied: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._direct = _session(aiohttp.TCPConnector(limit=0, socket_factory=self._guard.socket))
        self._proxied = _session(aiohttp.TCPConnector(limit=0))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in (self._direct, self._proxied):
            if session is not None:
                await session.close()

    def url(self, *path: str) -> URL:
        """An address below the repository."""
        return self.base.joinpath("v2", self.name.namespace, self.name.model, *path)

    def owns(self, url: URL) -> bool:
        """Whether `url` is of the registry's own origin, and may see its credentials."""
        return url.origin() == self.base

    async def manifest(self) -> bytes:
        """The manifest's bytes as the registry keeps them, at most `MANIFEST_LIMIT`."""
        request = self.request("GET", self.url("manifests", self.name.tag), {"Accept": MANIFEST})
        async with _deadline(_MANIFEST_S), request as response:
            data = await _read(response, MANIFEST_LIMIT + 1)
        if len(data) > MANIFEST_LIMIT:
            raise RegistryError(f"the manifest has more than the {MANIFEST_LIMIT} bytes allowed")
        return data

    async def size(self, digest: Digest) -> int | None:
        """The bytes of a blob, `None` if the registry does not say."""
        async with self.request("HEAD", self.url("blobs", str(digest))) as response:
            return response.content_length

    async def locate(self, digest: Digest) -> URL:
        """Where the blob's bytes are: the registry's own address of it, or the first one elsewhere."""
        url = self.url("blobs", str(digest))
        for _ in range(_HOPS):
            async with self.request("GET", url, {"Range": "bytes=0-0"}, follow=False) as response:
                if response.status not in _REDIRECTS:
                    return url
                url = self.hop(url, response)
            if not self.owns(url):
                return url
        raise RegistryError(f"stopped after {_HOPS} redirects")

    @asynccontextmanager
    async def request(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str] | None = None,
        data: Callable[[], Any] | None = None,
        *,
        follow: bool = True,
        answer_s: float = ANSWER_S,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One answered request with a status below 400; a `401` gets a token and is repeated once.

        `data` makes the body, for each attempt anew. Of the methods without a body, redirects are followed.
        `answer_s` is the time until the answer begins, the sending of the body included.
        """
        renewed = False
        hops = 0
        while True:
            response = await self._send(method, url, headers or {}, data() if data else None, answer_s)
            try:
                if response.status == 401 and self.owns(url) and not renewed:
                    renewed = True
                    challenge = Challenge.parse(response.headers.get("WWW-Authenticate", ""), self.base)
                    response.close()
                    self._token = await self._new_token(challenge)
                    continue
                if follow and data is None and response.status in _REDIRECTS:
                    url, hops = self.hop(url, response), hops + 1
                    if hops > _HOPS:
                        raise RegistryError(f"stopped after {_HOPS} redirects")
                    continue
                if response.status >= 400:
                    raise await _refusal(response)
                if response.headers.get("Content-Encoding", "identity") != "identity":
                    raise RegistryError("the registry compressed what was asked for as it is")
                yield response
                return
            finally:
                response.close()

    def hop(self, url: URL, response: aiohttp.ClientResponse, header: str = "Location") -> URL:
        """Where a redirect of `url` leads. Never from https to http."""
        location = response.headers.get(header)
        if not location:
            raise RegistryError("http: no Location header in response")
        try:
            target = url.join(URL(location, encoded=True)).with_user(None)
            valid = target.scheme in {"http", "https"} and bool(target.host)
        except ValueError:
            valid = False
        if not valid:
            raise RegistryError("the registry redirects to something that is no web address")
        if url.scheme == "https" and target.scheme == "http":
            raise RegistryError("the registry redirects from https to http")
        return target

    async def _send(
        self, method: str, url: URL, headers: Mapping[str, str], data: Any, answer_s: float
    ) -> aiohttp.ClientResponse:
        if self._direct is None or self._proxied is None:
            raise RuntimeError("the registry is used outside its `async with`")
        sent = dict(headers)
        if self.owns(url):
            if self._token and "Authorization" not in sent:
                sent["Authorization"] = f"Bearer {self._token}"
        else:
            self._guard.leave()
        try:
            proxy = proxy_for(url)
            if proxy is not None and not self.owns(url):
                self._guard.check(url.host or "")
            session = self._direct if proxy is None else self._proxied
            async with _deadline(answer_s):
                return await session.request(method, url, headers=sent, data=data, allow_redirects=False, proxy=proxy)
        except AddressRefused as error:
            raise RegistryError(f"refused to follow the registry to {url.authority}: {error}") from error
        except aiohttp.ClientConnectorError as error:
            refused = "private address" in str(error.os_error)
            reason = error.os_error.strerror or str(error.os_error)
            raise RegistryError(f"cannot reach {url.authority}: {reason}", transient=not refused) from error
        except ValueError as error:  # aiohttp's InvalidURL too
            raise RegistryError(f"the registry leads to an address that cannot be used: {error}") from error
        except (aiohttp.ClientError, OSError) as error:
            raise broken(error) from error

    async def _new_token(self, challenge: Challenge) -> str:
        address = token_address(challenge)
        signature = await in_thread(self._key.authorize, signed_text(address))
        response = await self._send("GET", address, {"Authorization": signature}, None, ANSWER_S)
        try:
            if response.status >= 300:
                raise await _refusal(response, plain=True)
            async with _deadline(ANSWER_S):
                reply = msgspec.json.decode(await _read(response, 1 << 16), type=_Token)
        except msgspec.DecodeError as error:
            raise RegistryError("the registry's login gave no token", code=401) from error
        finally:
            response.close()
        token = reply.token or reply.access_token
        if not token.isascii() or not token.isprintable():
            raise RegistryError("the registry's login gave no token", code=401)
        return token


def broken(error: Exception) -> RegistryError:
    """The connection ended in the middle."""
    return RegistryError(f"the connection to the registry broke: {error or type(error).__name__}", transient=True)


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        read_bufsize=_BUFFER,
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=ANSWER_S),
    )


@asynccontextmanager
async def _deadline(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise RegistryError(f"the registry did not answer within {seconds:g} seconds", transient=True) from None


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes:
    data = bytearray()
    try:
        while len(data) < limit and (chunk := await response.content.read(limit - len(data))):
            data += chunk
    except (aiohttp.ClientError, OSError) as error:
        raise broken(error) from error
    return bytes(data)


async def _refusal(response: aiohttp.ClientResponse, *, plain: bool = False) -> RegistryError:
    """The error that a status means (section E.1); `plain` for the login, whose words count."""
    status = response.status
    if status == 401 and not plain:
        return RegistryError("unauthorized: access denied", code=401)
    if status == 404 and not plain:
        return RegistryError("file does not exist", code=404)
    async with _deadline(ANSWER_S):
        body = (await _read(response, _ERROR_BYTES)).decode("utf-8", "replace")
    text = "".join(character for character in body if character.isprintable() or character == "\n").strip()
    return RegistryError(f"{status}: {text}", code=status, transient=status in _TRANSIENT)
