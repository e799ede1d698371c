from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from backend.address import Address
from backend.settings import Settings
from tui.doctor.backend import examine_backend
from tui.doctor.files import examine_files
from tui.doctor.finding import Finding, Level, worst
from tui.doctor.machine import disk, processor, working_memory
from tui.doctor.terminal import examine_terminal

if TYPE_CHECKING:
    from pathlib import Path


def levels(findings: list[Finding]) -> dict[str, Level]:
    return {finding.name: finding.level for finding in findings}


def test_the_worst_counts() -> None:
    fine, bad = Finding("a", "b", Level.OK, "c"), Finding("a", "b", Level.PROBLEM, "c", "d")
    assert worst([fine, bad]) is Level.PROBLEM
    assert worst([]) is Level.OK


@pytest.mark.parametrize(
    ("environ", "encoding", "size", "advised"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "utf-8", (120, 40), set()),
        ({"TERM": "tmux-256color", "TMUX": "/x"}, "utf-8", (80, 24), {"colours"}),
        ({"TERM": "linux"}, "utf-8", (80, 24), {"colours"}),
        ({"TERM": "xterm"}, "ascii", (79, 24), {"colours", "signs", "room"}),
        ({}, "utf-8", (80, 24), {"kind", "colours"}),
        ({"TERM": "xterm", "NO_COLOR": ""}, "utf-8", (80, 24), set()),
    ],
)
def test_the_terminal(environ: dict[str, str], encoding: str, size: tuple[int, int], advised: set[str]) -> None:
    found = examine_terminal(environ, encoding, size)
    assert {finding.name for finding in found if finding.level is not Level.OK} == advised
    assert all(finding.todo for finding in found if finding.level is not Level.OK)


def test_the_machine(tmp_path: Path) -> None:
    assert processor(frozenset({"avx2"}), "x86_64", 2).level is Level.OK
    assert processor(frozenset({"sse4_2"}), "x86_64", 2).level is Level.PROBLEM
    assert processor(frozenset(), "aarch64", 2).level is Level.OK
    assert working_memory(8 * 10**9, 10**9).level is Level.ADVICE
    assert working_memory(8 * 10**9, 6 * 10**9).level is Level.OK
    assert str(tmp_path / "not" / "there") in disk(tmp_path / "not" / "there").text


def test_the_files(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    settings = Settings(state=state, socket=state / "api.sock", config=tmp_path)
    assert set(levels(examine_files(settings, "")).values()) == {Level.OK}
    state.chmod(0o755)
    assert levels(examine_files(settings, ""))["private folder"] is Level.ADVICE
    state.chmod(0o777)
    assert levels(examine_files(settings, ""))["private folder"] is Level.PROBLEM
    (tmp_path / "keys.toml").write_text('app.hepl = "F1"')
    (tmp_path / "connections.toml").write_text("x = 3")
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "mine.toml").write_text("name = 3")
    found = levels(examine_files(settings, "unknown setting PUNA_X"))
    assert {name for name, level in found.items() if level is Level.PROBLEM} == {
        *("settings", "keys", "themes", "connections", "private folder")
    }


async def answering(settings: Settings, *answers: bytes) -> list[Finding]:
    """What is found where a server gives these answers, one to each request."""
    rest = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while rest:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(rest.pop(0))
        writer.close()

    async with await asyncio.start_unix_server(serve, settings.socket):
        return await examine_backend(settings)


async def test_the_backend(tmp_path: Path) -> None:
    def answer(status: bytes, body: bytes) -> bytes:
        return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)

    settings = Settings(socket=tmp_path / "s", address=Address(port=1))
    assert "none runs" in (await examine_backend(settings))[0].text
    version, missing = answer(b"200 OK", b'{"version":"0.9.1"}'), answer(b"404 Not Found", b"404 page not found")
    found = await answering(settings, version, missing)
    assert "Ollama 0.9.1" in found[0].text
    assert "OLLAMA_HOST" in found[0].todo
    assert "no backend" in (await answering(settings, missing))[0].text
    assert "Check the key" in (await answering(settings, answer(b"401 Unauthorized", b'{"error":"no key"}')))[0].todo


async def test_the_holder_of_the_port_is_named(tmp_path: Path) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        found = await examine_backend(Settings(address=Address(port=port), socket=tmp_path / "s"))
    assert f"port {port} is held by " in found[0].text
    assert found[0].level is Level.PROBLEM
