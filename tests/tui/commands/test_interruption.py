"""Ctrl-C in the midst of commands on a terminal: it is left as it was, and one sentence says what stands."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

from tests.tui.commands.chats import new_chat
from tests.tui.commands.program import puna
from tests.tui.commands.terminal import on_terminal

if TYPE_CHECKING:
    from backend.settings import Settings
    from tests.fakes.registry import FakeRegistry


def test_a_pull_goes_on_where_it_was_stopped(environment: dict[str, str], fake_registry: FakeRegistry) -> None:
    content = random.Random(2).randbytes(3_000_000)  # noqa: S311 # no secret
    fake_registry.add("mine/large", content)
    fake_registry.fault = "stall"
    name = f"{fake_registry.url}/mine/large"
    shown = on_terminal("pull", name, environment=environment, interrupt_at="▕█".encode())
    assert (shown.status, shown.sane) == (130, True)
    assert shown.screen[0] == "pulling manifest"
    assert "▕█" in shown.screen[1]
    assert "".join(shown.screen[2:]) == f"Stopped. What has come is kept: `puna pull {name}` goes on from there."
    fake_registry.fault = ""
    assert puna("pull", name, environment=environment).returncode == 0
    assert fake_registry.ranges(content)[-1] > 0


def test_a_push_that_is_stopped(environment: dict[str, str], fake_registry: FakeRegistry) -> None:
    name = f"{fake_registry.url}/mine/tiny"
    puna("cp", "tiny", name, environment=environment)
    fake_registry.halt_uploads = True
    shown = on_terminal("push", name, environment=environment, interrupt_at=b"\r")
    assert (shown.status, shown.sane) == (130, True)
    assert shown.screen[-1] == "Stopped. Another push does not send again what the registry has."


def test_a_create_that_is_stopped_makes_nothing(environment: dict[str, str], backend_process: Settings) -> None:
    folder = backend_process.models.parent
    with (folder / "large.gguf").open("wb") as file:
        file.truncate(4 << 30)  # takes a while to hash
    (folder / "Modelfile").write_text("FROM ./large.gguf\n")
    shown = on_terminal("create", "made", environment=environment, folder=folder, interrupt_at=b"hashing")
    assert (shown.status, shown.sane) == (130, True)
    assert shown.screen[0].startswith("hashing large.gguf")
    assert shown.screen[1:] == ["Stopped. No model was made; files that were copied are not copied again."]


def test_an_answer_that_is_stopped(environment: dict[str, str]) -> None:
    shown = on_terminal("run", "tiny", "@hang=2", environment=environment, interrupt_at=b"t0 t1")
    assert (shown.status, shown.sane) == (130, True)
    assert shown.screen == ["t0 t1 ^C", "Stopped. The answer is not complete; the model stays loaded."]
    assert "tiny:latest" in puna("ps", environment=environment).stdout


def test_top_gives_the_screen_back_with_what_it_showed_last(environment: dict[str, str]) -> None:
    shown = on_terminal("top", environment=environment, interrupt_at=b"Nothing is loaded.")
    assert (shown.status, shown.sane) == (130, True)
    assert shown.output.startswith(b"\x1b[?1049h\x1b[?25l")
    assert shown.screen[0].startswith("puna ")
    assert shown.screen[-2:] == [
        "Nothing is loaded. A model loads when somebody first writes to it: puna run MOD…",
        "Ended. The backend goes on.",
    ]


def test_a_reply_goes_on_without_whoever_was_attached(environment: dict[str, str], backend_process: Settings) -> None:
    chat = new_chat(backend_process, "begin @tokens=9 @hang=5")
    shown = on_terminal("attach", chat[:8], environment=environment, interrupt_at=b"t3")
    assert (shown.status, shown.sane) == (130, True)
    assert shown.screen[-1] == f"Detached. A running reply goes on; `puna attach {chat[:8]}` shows it again."
    (listed,) = json.loads(puna("sessions", "--json", environment=environment).stdout)
    assert listed["id"] == chat
    assert len(listed["running"]) == 1
