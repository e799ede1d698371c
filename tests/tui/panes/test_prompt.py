"""Writing in the prompt, key by key, and that what is written is what is sent."""

from __future__ import annotations

import random
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from textual import events

from tests.tui.opened import NARROW, make, press, settle, shown, until
from tests.tui.scripted import ScriptedBackend, chunk, final
from tui.panes.prompt import Prompt
from tui.prompt.limit import LIMIT
from tui.terminal.sanitize import clean

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest
    from textual.message import Message
    from textual.pilot import Pilot

    from tui.app import PunaApp

MODEL = "smollm2:135m"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@asynccontextmanager
async def writing(
    *capabilities: str, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[PunaApp, Pilot[None], list[Prompt.Sent]]]:
    """The app with a model that answers at once, and what the prompt has sent so far."""
    backend = ScriptedBackend(MODEL)
    backend.shown.capabilities = ["completion", *capabilities]
    backend.reply(chunk("ok"), final())
    sent: list[Prompt.Sent] = []

    def note(message: Message) -> None:
        if isinstance(message, Prompt.Sent) and message not in sent:
            sent.append(message)

    app = make(backend)
    async with app.run_test(size=size, message_hook=note) as pilot:
        await until(pilot, lambda: app.workspace.models_known)
        await settle(pilot)
        yield app, pilot, sent
        app.connection.restart()


async def paste(app: PunaApp, pilot: Pilot[None], text: str) -> None:
    app.panes.chat.prompt.post_message(events.Paste(text))
    await settle(pilot)


async def test_emacs_keys_cut_gather_and_put_back() -> None:
    async with writing() as (app, pilot, _):
        prompt = app.panes.chat.prompt
        await press(pilot, *"one two three", "ctrl+w", "ctrl+w")
        assert prompt.text == "one "
        await press(pilot, "ctrl+y")
        assert prompt.text == "one two three"
        await press(pilot, "alt+b", "ctrl+k", "ctrl+a", "alt+f", "alt+d", "ctrl+e", "ctrl+y")
        assert prompt.text == "one  two"
        await press(pilot, "ctrl+u")
        assert prompt.text == ""
        await press(pilot, "ctrl+z")
        assert prompt.text == "one  two"
        await press(pilot, "alt+z")
        assert prompt.text == ""


async def test_a_selection_is_copied_and_cut() -> None:
    async with writing() as (app, pilot, _):
        prompt = app.panes.chat.prompt
        await press(pilot, *"one two", "shift+left", "shift+left", "shift+left", "alt+w")
        assert app.clipboard == "two"
        await press(pilot, "ctrl+x")
        assert prompt.text == "one "
        await press(pilot, "ctrl+v")
        assert prompt.text == "one two"


async def test_up_and_down_walk_through_what_was_written_and_back_to_the_draft() -> None:
    async with writing() as (app, pilot, _):
        prompt = app.panes.chat.prompt
        for text in ("first", "second\nline"):
            prompt.remembered.add(text)
        await press(pilot, *"draft", "up")
        assert prompt.text == "second\nline"
        await press(pilot, "up", "up", "up")
        assert prompt.text == "first"
        await press(pilot, "down")
        assert prompt.text == "second\nline"
        await press(pilot, "down")
        assert prompt.text == "draft"
        await press(pilot, "down")
        assert prompt.text == "draft"


async def test_a_command_of_the_history_offers_nothing_that_would_take_the_arrows() -> None:
    async with writing() as (app, pilot, _):
        prompt = app.panes.chat.prompt
        for text in ("one", "/clear", "/set parameter temperature 1", "/show info"):
            prompt.remembered.add(text)
        await press(pilot, *["up"] * 4)
        assert prompt.text == "one"
        await press(pilot, *["down"] * 2)
        assert prompt.text == "/set parameter temperature 1"
        await press(pilot, "up", "backspace")
        assert prompt.text == "/clea"
        assert app.panes.chat.entry.completions.display


async def test_what_was_sent_is_remembered_and_the_prompt_is_empty() -> None:
    async with writing() as (app, pilot, sent):
        await press(pilot, *"hello", "enter")
        assert [message.text for message in sent] == ["hello"]
        assert app.panes.chat.prompt.text == ""
        assert app.panes.chat.prompt.remembered.entries() == ["hello"]


async def test_a_paste_of_several_lines_is_only_text() -> None:
    async with writing() as (app, pilot, sent):
        await paste(app, pilot, "one\r\ntwo\n\x1b[31mthree\n")
        assert app.panes.chat.prompt.text == "one\ntwo\n[31mthree\n"
        assert sent == []
        await press(pilot, "enter")
        assert sent[0].text == "one\ntwo\n[31mthree"


async def test_a_paste_beyond_the_limit_is_refused_whole() -> None:
    async with writing() as (app, pilot, _):
        await paste(app, pilot, "x" * (LIMIT + 1))
        assert app.panes.chat.prompt.text == ""
        assert "at most 1.0 MB" in app.panes.status.said
        await paste(app, pilot, "line of text\n" * 20_000)
        assert len(app.panes.chat.prompt.text) == 260_000


async def test_a_block_is_sent_when_it_is_closed_without_its_marks() -> None:
    async with writing() as (_, pilot, sent):
        await press(pilot, *'"""', *"one", "enter", *"two", "enter")
        assert sent == []
        await press(pilot, *'"""', "enter")
        assert sent[0].text == "one\ntwo\n"
        assert sent[0].written == '"""one\ntwo\n"""'


async def test_a_slash_is_sent_after_a_blank_or_another_slash() -> None:
    for written, text in (
        (" /clear it", " /clear it"),
        ("//clear it", "/clear it"),
        ("/etc/hosts is?", "/etc/hosts is?"),
    ):
        async with writing() as (_, pilot, sent):
            await press(pilot, *written, "enter")
            assert [message.text for message in sent] == [text]


async def test_an_image_goes_with_the_message_if_the_model_can_see(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photo.png").write_bytes(PNG)
    async with writing("vision") as (app, pilot, sent):
        await paste(app, pilot, "what is ./photo.png?")
        assert "[photo.png 108 B]" in shown(app)
        await press(pilot, "enter")
        await until(pilot, lambda: bool(sent))
        assert (sent[0].text, len(sent[0].images)) == ("what is ?", 1)
        assert "[photo.png" not in shown(app)
    async with writing() as (app, pilot, sent):
        await paste(app, pilot, "what is ./photo.png?")
        assert "this model sees no images" in shown(app)
        await press(pilot, "enter")
        await until(pilot, lambda: bool(sent))
        assert (sent[0].text, sent[0].images) == ("what is ./photo.png?", ())


async def test_a_file_is_completed_and_put_into_the_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "my notes.md").write_text("# hi\n")
    async with writing() as (app, pilot, sent):
        await press(pilot, *"see @fo", "tab")
        assert app.panes.chat.prompt.text == "see @folder/"
        await until(pilot, lambda: "my notes.md" in shown(app).replace("\\", ""))
        await press(pilot, "enter")
        assert app.panes.chat.prompt.text == "see @folder/my\\ notes.md "
        assert "[my notes.md 5 B]" in shown(app)
        await press(pilot, "enter")
        await until(pilot, lambda: bool(sent))
        assert sent[0].text == "see `my notes.md` \n\n`my notes.md`:\n\n```md\n# hi\n```"


async def test_a_file_that_cannot_go_leaves_the_message_in_the_prompt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.bin").write_bytes(b"\x00")
    async with writing() as (app, pilot, sent):
        await paste(app, pilot, "see @data.bin")
        await press(pilot, "enter")
        await until(pilot, lambda: "not a text file" in app.panes.status.said)
        assert app.panes.chat.prompt.text == "see @data.bin"
        assert sent == []


async def test_vims_escape_leaves_insert_mode_first_and_the_prompt_then() -> None:
    async with writing() as (app, pilot, _):
        prompt = app.panes.chat.prompt
        prompt.use_vim(True)
        await press(pilot, *"abc", "escape", "0", "x", "v", "right", "y", "$", "p", "u", "V", "d", "ctrl+y", "i", "z")
        assert prompt.text.replace("\n", "") == "bcz"
        await press(pilot, "escape")
        assert prompt.has_focus
        await press(pilot, "escape")
        assert not prompt.has_focus


KEYS = [
    *"abc /@\"'.d0w$ypuvViox你",
    *("space", "enter", "tab", "escape", "up", "down", "left", "right", "home", "end", "pageup", "backspace", "delete"),
    *("ctrl+a", "ctrl+e", "ctrl+k", "ctrl+u", "ctrl+w", "ctrl+y", "ctrl+z", "alt+z", "alt+b", "alt+d", "alt+f"),
    *("ctrl+x", "alt+enter", "ctrl+j", "shift+left", "shift+up", "alt+v"),
]


async def test_random_keys_never_break_the_prompt() -> None:
    chance = random.Random(7)  # noqa: S311 # a seed that repeats, no secret
    for size in ((120, 40), NARROW):
        async with writing(size=size) as (app, pilot, _):
            for _ in range(3):
                await press(pilot, *chance.choices(KEYS, k=30))
                prompt = app.panes.chat.prompt
                row, column = prompt.cursor_location
                assert column <= len(prompt.document.get_line(row))
                app.panes.reach("chat")


async def test_what_is_written_is_what_is_sent() -> None:
    chance = random.Random(11)  # noqa: S311 # a seed that repeats, no secret
    pieces = [*"ab `'\"<>[]{}\\|#@.:;-_*~^é你\u200b", "\n", "\t", "  ", "[bold]", "```", "👩‍👩‍👧", "\u202e", "</s>"]
    async with writing(size=NARROW) as (app, pilot, sent):
        for _ in range(40):
            text = "".join(chance.choices(pieces, k=chance.randint(1, 30)))
            app.panes.chat.prompt.put("")
            sent.clear()
            await paste(app, pilot, text)
            await press(pilot, "enter")
            wanted = "\n".join(clean(text).splitlines()).strip("\n")
            assert [message.text for message in sent] == ([wanted] if wanted.strip() else [])
