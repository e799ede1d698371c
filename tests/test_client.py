"""The typed client: against a real backend, and against servers that misbehave."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from backend import errors
from backend.address import Address
from backend.client import Client
from backend.settings import Settings
from backend.wire.ollama import ChatRequest, CreateRequest, EmbedRequest, GenerateRequest, Message
from tests.fakes.backend import add_model
from tests.fakes.gguf_file import write_gguf
from tests.fakes.observed import is_idle, until

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

HEAD = b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Type: %s\r\n"
JSON = b"application/json"
NDJSON = b"application/x-ndjson"
REQUEST = GenerateRequest(model="m", prompt="hi")
CHAT = ChatRequest(model="m", messages=[Message(role="user", content="hi")])


def answer(status: bytes, body: bytes, kind: bytes = JSON) -> bytes:
    return HEAD % (status, kind) + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def line(text: str, *, done: bool = False) -> bytes:
    return b'{"model":"m","created_at":"x","response":"%s","done":%s}\n' % (
        text.encode(),
        b"true" if done else b"false",
    )


@asynccontextmanager
async def talking_to(*parts: bytes, go_on: asyncio.Event | None = None) -> AsyncIterator[Client]:
    """A client of a server that answers every request with the parts, waiting for `go_on` after the first."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(item.split(b":")[1]) for item in head.lower().split(b"\r\n") if b"content-length" in item), 0
        )
        await reader.readexactly(length)
        for part in parts:
            writer.write(part)
            await writer.drain()
            if go_on is not None:
                await go_on.wait()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    address = Address(port=server.sockets[0].getsockname()[1])
    async with server, Client(Settings(address=address, socket=Path("/nowhere"))) as client:
        yield client


async def test_nobody_answers(settings: Settings) -> None:
    async with Client(settings) as client:
        for call in (client.version, client.tags, client.ps, lambda: client.show("m"), lambda: anext(client.events())):
            with pytest.raises(errors.ConnectFailed, match=f"no backend answers at {settings.address.url}"):
                await call()


async def test_it_is_used_within_its_block_alone(settings: Settings) -> None:
    with pytest.raises(RuntimeError, match="async with"):
        await Client(settings).version()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (b"400 Bad Request", errors.BadRequest),
        (b"403 Forbidden", errors.Forbidden),
        (b"404 Not Found", errors.NotFound),
        (b"499 Client Closed", errors.RequestCanceled),
        (b"503 Service Unavailable", errors.QueueFull),
        (b"500 Internal Server Error", errors.BackendError),
        (b"507 Insufficient Storage", errors.BackendError),
    ],
)
async def test_a_status_becomes_the_error_that_it_means(status: bytes, kind: type[errors.BackendError]) -> None:
    async with talking_to(answer(status, b'{"error":"why"}')) as client:
        for call in (client.tags, lambda: client.delete("m"), lambda: anext(client.generate(REQUEST))):
            with pytest.raises(errors.BackendError) as caught:
                await call()
            assert type(caught.value) is kind
            assert (caught.value.message, caught.value.status) == ("why", int(status[:3]))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the backend answered with status 502"),
        (b" plain words \n", "plain words"),
        (b"{}", "{}"),
        (b"[1]", "[1]"),
        (b"\xff", "\ufffd"),
    ],
)
async def test_an_error_in_no_known_shape_is_still_readable(body: bytes, message: str) -> None:
    async with talking_to(answer(b"502 Bad Gateway", body)) as client:
        with pytest.raises(errors.BackendError) as caught:
            await client.tags()
        assert caught.value.message == message


@pytest.mark.parametrize("body", [b"", b"text", b"[]", b'{"models":5}', b'{"models":[{}]}'])
async def test_an_answer_that_cannot_be_read_is_an_error(body: bytes) -> None:
    async with talking_to(answer(b"200 OK", body)) as client:
        with pytest.raises(errors.BackendError, match="the backend's answer cannot be read"):
            await client.tags()


async def test_a_line_that_cannot_be_read_is_an_error() -> None:
    async with talking_to(answer(b"200 OK", line("a") + b"{}\n", NDJSON)) as client:
        replies = client.generate(REQUEST)
        assert (await anext(replies)).response == "a"
        with pytest.raises(errors.BackendError, match="the backend's answer cannot be read"):
            await anext(replies)


async def test_lines_are_put_together_from_any_pieces() -> None:
    go_on = asyncio.Event()
    text = line("one") + b"\n" + line("zwei ä") + line("", done=True)[:-1]
    cut = text.index("ä".encode()) + 1  # within a character
    parts = (
        HEAD % (b"200 OK", NDJSON) + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(text[:cut]),
        chunk(text[cut : cut + 1]) + chunk(text[cut + 1 :]) + b"0\r\n\r\n",
    )
    async with talking_to(*parts, go_on=go_on) as client, aclosing(client.generate(REQUEST)) as replies:
        assert (await anext(replies)).response == "one"  # though the next line is not complete
        go_on.set()
        assert [(reply.response, reply.done) async for reply in replies] == [("zwei ä", False), ("", True)]


async def test_a_line_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.calls._LINE_LIMIT", 1000)
    async with talking_to(answer(b"200 OK", b"x" * 100_000, NDJSON)) as client:
        with pytest.raises(errors.BackendError, match="a line without end"):
            await anext(client.generate(REQUEST))


async def test_a_long_line_is_read() -> None:
    async with talking_to(answer(b"200 OK", line("x" * 1_000_000), NDJSON)) as client:
        assert len((await anext(client.generate(REQUEST))).response) == 1_000_000


async def test_a_connection_that_breaks_in_mid_stream_is_an_error() -> None:
    begun = HEAD % (b"200 OK", NDJSON) + b"Transfer-Encoding: chunked\r\n\r\n" + chunk(line("a"))
    async with talking_to(begun) as client:
        replies = client.generate(REQUEST)
        assert (await anext(replies)).response == "a"
        with pytest.raises(errors.ConnectFailed, match=r"the connection to the backend at .* broke"):
            await anext(replies)


async def test_a_connection_that_breaks_at_once_is_an_error() -> None:
    async with talking_to(b"") as client:
        with pytest.raises(errors.ConnectFailed, match="broke"):
            await client.version()


async def test_an_error_line_is_raised_after_what_came_before(client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    replies = client.generate(GenerateRequest(model="m", prompt="@error=2", raw=True))
    assert [(await anext(replies)).response for _ in range(2)] == ["t0 ", "t1 "]
    with pytest.raises(errors.BackendError, match="something broke"):
        await anext(replies)


@pytest.mark.parametrize(
    "generate",
    [
        lambda client: client.generate(GenerateRequest(model="m", prompt="@hang=1")),
        lambda client: client.chat(ChatRequest(model="m", messages=[Message(role="user", content="@hang=1")])),
    ],
)
async def test_closing_the_iterator_stops_the_generation(
    client: Client, backend: Settings, generate: Callable[[Client], AsyncGenerator[object, None]]
) -> None:
    add_model(backend, "m")
    async with aclosing(generate(client)) as replies:
        await anext(replies)
        await until(client, lambda snapshot: len(snapshot.requests) == 1)
    await until(client, is_idle, timeout=1)


async def test_cancelling_the_reader_stops_the_generation(client: Client, backend: Settings) -> None:
    add_model(backend, "m")

    async def read() -> None:
        async for _ in client.generate(GenerateRequest(model="m", prompt="@hang=1")):
            pass

    reader = asyncio.create_task(read())
    await until(client, lambda snapshot: snapshot.requests and snapshot.requests[0].tokens)
    reader.cancel()
    await asyncio.wait([reader])
    await until(client, is_idle, timeout=1)


async def test_models_are_listed_loaded_and_unloaded(client: Client, backend: Settings) -> None:
    assert (await client.tags(), await client.ps()) == ([], [])
    add_model(backend, "m")
    await client.copy("m", "other")
    assert {model.name for model in await client.tags()} == {"m:latest", "other:latest"}
    await client.delete("other")
    assert (await client.show("m", verbose=True)).model_info["general.architecture"] == "llama"
    await client.load("m", {"num_ctx": 64}, keep_alive="1h")
    (model,) = await client.ps()
    assert (model.name, model.context_length) == ("m:latest", 64)
    await client.unload("m")
    await until(client, lambda snapshot: not snapshot.runners)
    for call in (client.load, client.unload, client.show, client.delete):
        with pytest.raises(errors.NotFound):
            await call("missing")


async def test_replies_and_vectors(client: Client, backend: Settings) -> None:
    add_model(backend, "m")
    said = [reply async for reply in client.chat(CHAT)]
    assert "".join(reply.message.content for reply in said) == "t0 t1 t2 t3 t4 "
    assert (said[-1].done_reason, said[-1].eval_count) == ("stop", 5)
    assert len((await client.embed(EmbedRequest(model="m", input=["a", "b"]))).embeddings) == 2


async def test_a_model_is_uploaded_and_made(client: Client, tmp_path: Path) -> None:
    file = write_gguf(tmp_path / "m.gguf")
    digest = f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
    assert not await client.has_blob(digest)
    await client.upload_blob(digest, file)
    assert await client.has_blob(digest)
    steps = [step.status async for step in client.create(CreateRequest(model="new", files={"m.gguf": digest}))]
    assert steps[-1] == "success"
    with pytest.raises(errors.BadRequest, match="digest mismatch"):
        await client.upload_blob("sha256:" + "0" * 64, file)


async def test_the_key_goes_with_every_request_over_tcp_and_over_a_named_socket(tmp_path: Path) -> None:
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer(b"200 OK", b'{"version":"7"}'))
        writer.close()

    key_file = tmp_path / "key"
    key_file.write_text("pk-file")
    key_file.chmod(0o600)
    path = tmp_path / "s"
    tcp = await asyncio.start_server(serve, "127.0.0.1", 0)
    local = await asyncio.start_unix_server(serve, path)
    async with tcp, local:
        port = Address(port=tcp.sockets[0].getsockname()[1])
        named = Address(host=str(path), port=0, scheme="unix")
        for settings in (
            Settings(address=port, socket=Path("/nowhere"), key="pk-env"),
            Settings(address=named, key_file=key_file),
        ):
            async with Client(settings) as client:
                assert await client.version() == "7"
    assert [b"Authorization: Bearer pk-env" in heads[0], b"Authorization: Bearer pk-file" in heads[1]] == [True, True]
