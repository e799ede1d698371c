"""An Ollama-style registry on loopback that misbehaves when told to, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from backend.store import Config, Digest, Layer, Manifest
from backend.store.manifest import CONFIG, MANIFEST, MODEL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

EMPTY = base64.b64encode(hashlib.sha256(b"").hexdigest().encode()).decode()
CHUNK = 1 << 16
CONFIGURATION = Config(model_family="llama").encode()


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that came. `begin` is where its range starts, -1 without one."""

    method: str
    path: str
    authorization: str
    begin: int


@dataclass(slots=True)
class FakeRegistry:
    """`fault` names how blobs misbehave: see `_send`. `token` is what every request needs, if it is set."""

    url: str = ""
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, bytes] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    sent: int = 0  # bytes of blobs
    fault: str = ""
    faults: int = 1_000_000  # answers that misbehave; the rest is well
    token: str = ""
    login_token: str = ""  # what the login gives instead of `token`
    agents: set[str] = field(default_factory=set)
    challenge: str = ""  # instead of a good one
    location: str | None = None  # of blobs: redirect there
    uploads_to: str = ""  # parts of uploads are redirected there
    gate: asyncio.Event = field(default_factory=asyncio.Event)  # stalls end when it is set
    stalling: asyncio.Event = field(default_factory=asyncio.Event)  # set when a stall begins
    uploading: dict[str, bytearray] = field(default_factory=dict)
    mountable: dict[str, bytes] = field(default_factory=dict)  # blobs of library/base
    etags: list[str] = field(default_factory=list)
    pause: float = 0.0  # seconds after each 64 KiB
    halt_uploads: bool = False  # until `gate` is set
    sending: int = 0  # answers with blobs that have begun and not ended
    most_sending: int = 0

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    def add(self, repository: str, *contents: bytes, tag: str = "latest") -> bytes:
        """Puts a model with these layers here and returns its manifest, which is not spelt as Ollama would."""
        layers = tuple(Layer(MODEL, self.put(content), len(content)) for content in contents)
        manifest = Manifest(Layer(CONFIG, self.put(CONFIGURATION), len(CONFIGURATION)), layers).encode()
        self.manifests[f"{repository}:{tag}"] = manifest = b" " + manifest
        return manifest

    def put(self, content: bytes) -> Digest:
        digest = Digest.of(content)
        self.blobs[str(digest)] = content
        return digest

    def ranges(self, content: bytes) -> list[int]:
        """Where the downloads of a blob began."""
        path = f"blobs/{Digest.of(content)}"
        return [asked.begin for asked in self.asked if asked.path.endswith(path) and asked.method == "GET"]

    def routes(self) -> list[web.RouteDef]:
        repository = "/v2/{namespace}/{model}"
        return [
            web.get("/token", self.login),
            web.get(f"{repository}/manifests/{{tag}}", self.get_manifest),
            web.put(f"{repository}/manifests/{{tag}}", self.put_manifest),
            web.get(f"{repository}/blobs/{{digest}}", self.get_blob),
            web.get("/elsewhere/{digest}", self.get_blob),
            web.post(f"{repository}/blobs/uploads/", self.begin_upload),
            web.patch("/upload/{id}", self.upload),
            web.put("/upload/{id}", self.finish_upload),
            web.put("/part/{id}/{offset}", self.upload_part),
        ]

    @web.middleware
    async def gatekeeper(self, request: web.Request, handler: object) -> web.StreamResponse:
        authorization = request.headers.get("Authorization", "")
        self.agents.add(request.headers.get("User-Agent", ""))
        begin = re.match(r"bytes=(\d+)-", request.headers.get("Range", ""))
        self.asked.append(Asked(request.method, request.path, authorization, int(begin[1]) if begin else -1))
        open_to_all = request.path.startswith(("/token", "/elsewhere", "/part"))
        if self.token and not open_to_all and authorization != f"Bearer {self.token}":
            good = f'Bearer realm="{self.url}/token",service="fake",scope="repository:a/b:pull push"'
            return web.Response(status=401, headers={"WWW-Authenticate": self.challenge or good})
        return await handler(request)  # type: ignore[operator, no-any-return] # aiohttp's handler

    async def login(self, request: web.Request) -> web.Response:
        """Checks the signature as the specification's section E.1 describes it."""
        public, _, signature = request.headers["Authorization"].partition(":")
        key = load_ssh_public_key(f"ssh-ed25519 {public}".encode())
        assert isinstance(key, Ed25519PublicKey)
        try:
            key.verify(base64.b64decode(signature), f"GET,{self.url}{request.raw_path},{EMPTY}".encode())
        except InvalidSignature:
            return web.Response(status=403, text="bad signature")
        assert request.query.getall("scope") == ["repository:a/b:pull", "push"]
        assert {"service", "ts", "nonce"} <= request.query.keys()
        return web.json_response({"token": self.login_token or self.token})

    async def get_manifest(self, request: web.Request) -> web.StreamResponse:
        info = request.match_info
        data = self.manifests.get(f"{info['namespace']}/{info['model']}:{info['tag']}")
        if data is None:
            return web.Response(status=404)
        if self.fault == "endless manifest":
            return await self._endless(request)
        return web.Response(body=data, headers={"Content-Type": MANIFEST})

    async def put_manifest(self, request: web.Request) -> web.Response:
        info = request.match_info
        self.manifests[f"{info['namespace']}/{info['model']}:{info['tag']}"] = await request.read()
        return web.Response(status=201)

    async def get_blob(self, request: web.Request) -> web.StreamResponse:
        data = self.blobs.get(request.match_info["digest"])
        if data is None:
            return web.Response(status=404)
        if request.method == "HEAD":
            return web.Response(headers={"Content-Length": str(len(data) + (self.fault == "wrong length"))})
        if self.location is not None and "/elsewhere/" not in request.path:
            return web.Response(status=307, headers={"Location": self.location} if self.location else {})
        match = re.match(r"bytes=(\d+)-(\d+)", request.headers.get("Range", ""))
        if match is None or match[2] == "0":
            return web.Response(body=data[:1], status=206, headers={"Content-Range": f"bytes 0-0/{len(data)}"})
        fault = self.fault if self.faults > 0 else ""
        self.faults -= 1
        return await self._send(request, data, int(match[1]), int(match[2]) + 1, fault)

    async def _send(self, request: web.Request, data: bytes, begin: int, end: int, fault: str) -> web.StreamResponse:
        if fault == "error":
            return web.Response(status=503, text="try later")
        if fault == "no ranges":
            return web.Response(body=data)
        if fault == "endless":
            return await self._endless(request)
        headers = {"Content-Range": f"bytes {begin}-{end - 1}/{len(data)}", "Content-Length": str(end - begin)}
        if fault == "wrong range":
            headers["Content-Range"] = f"bytes {begin + 1}-{end}/{len(data)}"
        if fault == "wrong announcement":
            headers["Content-Length"] = str(end - begin + 1)
        if fault == "compressed":
            headers["Content-Encoding"] = "gzip"
        response = web.StreamResponse(status=206, headers=headers)
        await response.prepare(request)
        body = bytes(end - begin) if fault == "wrong bytes" else data[begin:end]
        body = body[: len(body) // 2] if fault in {"short", "stall"} else body
        self.sending += 1
        self.most_sending = max(self.most_sending, self.sending)
        try:
            await self._write(response, body)
        finally:
            self.sending -= 1
        if fault == "stall":
            self.stalling.set()
            await self.gate.wait()
        if fault in {"short", "stall"} and request.transport is not None:
            request.transport.close()
        return response

    async def _write(self, response: web.StreamResponse, body: bytes) -> None:
        for offset in range(0, len(body), CHUNK):
            await response.write(body[offset : offset + CHUNK])
            self.sent += len(body[offset : offset + CHUNK])
            if self.pause:
                await asyncio.sleep(self.pause)

    async def _endless(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with suppress(ConnectionResetError):
            while True:
                await response.write(bytes(CHUNK))
        return response

    async def begin_upload(self, request: web.Request) -> web.Response:
        if self.halt_uploads:
            await self.gate.wait()
        mounted = self.mountable.get(request.query.get("mount", ""))
        if mounted is not None and request.query["from"] == "library/base":
            self.put(mounted)
            return web.Response(status=201)
        identity = str(len(self.uploading))
        self.uploading[identity] = bytearray()
        return web.Response(status=202, headers={"Location": f"/upload/{identity}"})

    async def upload(self, request: web.Request) -> web.Response:
        identity = request.match_info["id"]
        begin, _, end = request.headers["Content-Range"].partition("-")
        if self.uploads_to and request.headers.get("X-Redirect-Uploads") == "1":
            to = f"{self.uploads_to}/part/{identity}/{begin}"
            headers = {"Location": to, "Docker-Upload-Location": f"{self.url}/upload/{identity}"}
            return web.Response(status=307, headers=headers)
        data = await request.read()
        assert len(data) == int(end) + 1 - int(begin)
        self._store(identity, int(begin), data)
        return web.Response(status=202, headers={"Location": f"/upload/{identity}"})

    async def upload_part(self, request: web.Request) -> web.Response:
        self._store(request.match_info["id"], int(request.match_info["offset"]), await request.read())
        return web.Response()

    def _store(self, identity: str, offset: int, data: bytes) -> None:
        upload = self.uploading[identity]
        upload.extend(bytes(max(0, offset + len(data) - len(upload))))
        upload[offset : offset + len(data)] = data

    async def finish_upload(self, request: web.Request) -> web.Response:
        data = bytes(self.uploading.pop(request.match_info["id"]))
        self.etags.append(request.query["etag"])
        if str(Digest.of(data)) != request.query["digest"]:
            return web.Response(status=400, text="digest invalid")
        self.put(data)
        return web.Response(status=201)


@asynccontextmanager
async def registry(host: str = "127.0.0.1") -> AsyncIterator[FakeRegistry]:
    """A registry that serves for as long as the block lasts."""
    fake = FakeRegistry()
    app = web.Application(middlewares=[fake.gatekeeper], client_max_size=1 << 30)
    app.router.add_routes(fake.routes())
    runner = web.AppRunner(app, shutdown_timeout=1, handler_cancellation=True, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, 0).start()
    address, port = runner.addresses[0][:2]
    fake.url = f"http://{address}:{port}"
    try:
        yield fake
    finally:
        fake.gate.set()
        await runner.cleanup()
