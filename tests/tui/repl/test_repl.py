"""Messages and replies of the REPL."""

from __future__ import annotations

import base64
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from backend.client import Client
from backend.settings import load
from tests.conftest import ROOT, answering
from tests.fakes.backend import add_model
from tests.fakes.eyes import picture
from tests.tui.repl.typed import (
    ALT_ENTER,
    CTRL_A,
    CTRL_C,
    CTRL_D,
    CTRL_G,
    CTRL_K,
    ENTER,
    TAB,
    THINKING,
    conversation,
    said,
)
from tui.prompt.history import History
from tui.repl.texts import HOW_TO_LEAVE

if TYPE_CHECKING:
    from pathlib import Path

    from backend.settings import Settings


@pytest.fixture
def m(backend: Settings) -> None:
    """The model `m`."""
    add_model(backend, "m")


@pytest.mark.usefixtures("m")
async def test_a_reply_ends_with_an_empty_line_and_belongs_to_what_follows(client: Client) -> None:
    async with conversation(client) as talk:
        talk.enter("«one»", "«two»")
    assert talk.written.getvalue() == "one\n\ntwo\n\n"
    assert [message.content for message in talk.chat.messages] == ["«one»", "one", "«two»", "two"]


@pytest.mark.usefixtures("m")
async def test_a_message_of_several_lines(client: Client) -> None:
    async with conversation(client) as talk:
        talk.enter('"""«a', 'b»"""', f"«c{ALT_ENTER}d»", "//bye is «e»", "   ", '""""""')
        talk.keys.send_text(f"\x1b[200~«f\ng»\x1b[201~{ENTER}")  # pasted
    asked = [message.content for message in talk.chat.messages if message.role == "user"]
    assert asked == ["«a\nb»", "«c\nd»", "/bye is «e»", "«f\ng»"]


@pytest.mark.usefixtures("m")
async def test_a_reply_cannot_steer_the_terminal(client: Client, tmp_path: Path) -> None:
    hostile = tmp_path / "hostile.txt"
    hostile.write_text("«\x1b]0;owned\x07 \x9b2J \u202etxt»", "utf-8")
    async with conversation(client) as talk:
        talk.enter(f"@{hostile}")
    assert talk.written.getvalue().removeprefix(f"Added file '{hostile}'\n") == "]0;owned 2J ⟨U+202E⟩txt\n\n"


@pytest.mark.usefixtures("m")
async def test_figures_follow_the_reply_where_they_are_wanted(client: Client) -> None:
    written = await said(client, "/set verbose", "«one»", "/set quiet", "«two»")
    assert "one\n\ntotal duration:       " in written
    assert "\neval count:           1 token(s)\n" in written
    assert written.endswith(" tokens/s\n\nSet 'quiet' mode.\ntwo\n\n")


async def test_thinking_stands_before_the_reply_or_is_hidden(client: Client, backend: Settings) -> None:
    add_model(backend, "m", template=THINKING)
    async with conversation(client) as talk:
        talk.enter("«<think>hm</think>yes»")
        await talk.written.until("yes\n\n")
        assert [message.thinking for message in talk.chat.messages] == ["", "hm"]
        talk.chat.hide_thinking = True
        talk.enter("/clear", "«<think>hm</think>no»")
    assert talk.written.getvalue() == "Thinking...\nhm\n...done thinking.\n\nyes\n\nCleared session context\nno\n\n"


@pytest.mark.usefixtures("m")
async def test_ctrl_c_stops_the_reply_alone_and_its_generation(client: Client) -> None:
    async with conversation(client) as talk:
        talk.enter("@hang=3")
        await talk.written.until("t2")
        talk.work.stop()
        async for snapshot in client.events():
            if not snapshot.requests:
                break
        talk.enter("«two»")
    assert talk.written.getvalue() == "t0 t1 t2 \n\ntwo\n\n"
    assert [message.content for message in talk.chat.messages] == ["@hang=3", "t0 t1 t2 ", "«two»", "two"]


@pytest.mark.usefixtures("m")
async def test_ctrl_c_hints_on_an_empty_line_and_clears_a_written_one(client: Client) -> None:
    async with conversation(client) as talk:
        talk.keys.send_text(f"never sent{CTRL_C}{CTRL_C}")
        await talk.written.until("exit.")
    assert talk.written.getvalue() == f"{HOW_TO_LEAVE}\n"


@pytest.mark.usefixtures("m")
async def test_ctrl_d_leaves(client: Client) -> None:
    async with conversation(client) as talk:
        talk.keys.send_text(CTRL_D)
        talk.enter("/list")
    assert talk.written.getvalue() == ""


@pytest.mark.parametrize(
    ("word", "shown"), [("@error=1", "t0 \n\n"), ("@refuse_request", ""), ("@crash=2", "t0 t1 \n\n")]
)
@pytest.mark.usefixtures("m")
async def test_a_message_that_failed_is_in_the_prompt_again(client: Client, word: str, shown: str) -> None:
    async with conversation(client) as talk:
        talk.enter(word)
        await talk.written.until("error: ")
        assert talk.written.getvalue().startswith(f"{shown}error: ")
        assert talk.chat.messages == []
        talk.keys.send_text(f"{CTRL_A}«works» {CTRL_K}{ENTER}")
        await talk.written.until("works\n")
    assert talk.chat.messages[0].content == "«works» "


async def test_a_backend_that_dies_is_said_and_started_again(backend_environment: dict[str, str]) -> None:
    settings = load(backend_environment)
    lives: list[subprocess.Popen[bytes]] = []

    async def revive() -> None:
        settings.socket.unlink(missing_ok=True)  # of the one that was killed
        lives.append(_backend(backend_environment))
        await answering(settings, lives[-1])

    try:
        await revive()
        add_model(settings, "m")
        async with Client(settings) as client, conversation(client, revive=revive) as talk:
            talk.enter("@hang=2")
            await talk.written.until("t1")
            lives[0].kill()
            await talk.written.until(f"t0 t1 \n\nerror: the connection to the backend at {settings.socket} broke\n")
            assert talk.chat.messages == []
            talk.keys.send_text(f"{CTRL_A}{CTRL_K}«back»{ENTER}")
            await talk.written.until("back\n")
    finally:
        for life in lives:
            life.terminate()
            life.wait(timeout=20)
    assert [message.content for message in talk.chat.messages] == ["«back»", "back"]


def _backend(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.fakes.backend"], env=environment, cwd=ROOT)


async def test_images_and_files_go_with_the_message(client: Client, backend: Settings, tmp_path: Path) -> None:
    add_model(backend, "m", metadata={"llama.vision.block_count": 1})
    image, note = tmp_path / "a b.png", tmp_path / "note.txt"
    image.write_bytes(base64.b64decode(picture()))
    note.write_text("forty-two")
    async with conversation(client) as talk:
        assert talk.chat.parameters.can_see
        talk.enter(f"{tmp_path}/a\\ b.png «one»", f"«two» @{note}", f"{tmp_path}/gone.png «three»")
    written = talk.written.getvalue()
    assert f"Added image '{image}'\none\n" in written
    assert f"Added file '{note}'\n" in written
    asked = [message for message in talk.chat.messages if message.role == "user"]
    assert [(message.content.split("\n")[0], len(message.images)) for message in asked] == [
        ("«one»", 1),
        ("«two» `note.txt`", 0),
        (f"{tmp_path}/gone.png «three»", 0),
    ]
    assert "forty-two" in asked[1].content


@pytest.mark.usefixtures("m")
async def test_a_file_that_cannot_go_with_it_leaves_the_message_in_the_prompt(client: Client, tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"\0\1")
    async with conversation(client) as talk:
        talk.enter(f"«one» @{tmp_path}/x.bin")
        await talk.written.until("error: x.bin is not a text file; take @x.bin out of the message\n")
    assert talk.chat.messages == []


@pytest.mark.usefixtures("m")
async def test_what_was_written_is_remembered_unless_it_shall_not_be(client: Client, tmp_path: Path) -> None:
    history = History(tmp_path / "state" / "history.jsonl")
    async with conversation(client, history=history) as talk:
        talk.enter("«one»", "/set nohistory", "«secret»")
    assert History(tmp_path / "state" / "history.jsonl").entries() == ["«one»", "/set nohistory"]


@pytest.mark.usefixtures("m")
async def test_ctrl_g_goes_on_in_the_editor(client: Client, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf "«of the editor»" > "$1"\n')
    editor.chmod(0o700)
    async with conversation(client, editor=str(editor)) as talk:
        talk.keys.send_text(f"begun{CTRL_G}{ENTER}")
        await talk.written.until("of the editor\n")
    async with conversation(client, editor="false") as talk:
        talk.keys.send_text(f"«kept»{CTRL_G}{ENTER}")
        await talk.written.until("kept\n")
    assert talk.written.getvalue().startswith("error: false ended with status 1; the message is as it was\n")


@pytest.mark.usefixtures("m")
async def test_tab_completes_commands_and_models(client: Client) -> None:
    assert await said(client, f"/set wo{TAB}") == "Set 'wordwrap' mode.\n"
    assert await said(client, f"/set parameter temper{TAB} 1") == "Set parameter 'temperature' to '1'\n"
    assert await said(client, f"/load m{TAB}") == "Loading model 'm:latest'\n"
