"""What shells complete."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import click
import pytest

from backend.address import Address
from backend.settings import Settings, load
from tests.fakes.backend import add_model
from tests.tui.commands.chats import new_chat
from tests.tui.commands.program import PUNA, puna
from tui.__main__ import COMMANDS
from tui.commands.brief_request import brief_answer
from tui.commands.model_name import stored_models
from tui.commands.show import command

if TYPE_CHECKING:
    from collections.abc import Mapping

# Asks bash's function as readline does: with the words broken where COMP_WORDBREAKS says.
_ASK_BASH = """
eval "$(puna completion bash)"
COMP_LINE=$1 COMP_POINT=${#1}
_puna_completion puna
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def shell_environment(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Where `puna` is a program that shells find."""
    program = tmp_path / "bin" / "puna"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m tui "$@"\n')
    program.chmod(0o755)
    root = Path(__file__).parents[3]
    return {**environment, "PATH": f"{program.parent}:{environment['PATH']}", "PYTHONPATH": str(root)}


def completed(line: str, environment: Mapping[str, str]) -> list[str]:
    """What bash puts in place of the last word of `line`."""
    command = ["bash", "-c", _ASK_BASH, "bash", line]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    return done.stdout.split()


def test_bash_completes_commands_options_models_and_chats(
    shell_environment: dict[str, str], backend_process: Settings
) -> None:
    add_model(backend_process, "tiny:135m")
    add_model(backend_process, "other/thing:7b")
    chat = new_chat(backend_process, "hello", title="A chat", ended=True)
    assert completed("puna sh", shell_environment) == ["show"]
    assert completed("puna show --mod", shell_environment) == ["--modelfile"]
    assert sorted(completed("puna show T", shell_environment)) == ["tiny", "tiny:135m"]
    assert completed("puna run tiny:1", shell_environment) == ["135m"]
    assert completed("puna rm tiny o", shell_environment) == ["other/thing:7b"]
    assert completed("puna attach ", shell_environment) == [chat[:8]]
    assert completed("puna stop o", shell_environment) == []
    assert completed("puna help comp", shell_environment) == ["completion"]


def ask(environment: Mapping[str, str], **words: str) -> subprocess.CompletedProcess[str]:
    """The question of a shell to the program itself."""
    environment = {**environment, **words}
    return subprocess.run(PUNA, env=environment, input="", capture_output=True, text=True, timeout=60, check=False)


def test_zsh_and_fish_are_answered_in_their_own_form(environment: dict[str, str]) -> None:
    zsh = ask(environment, _PUNA_COMPLETE="zsh_complete", COMP_WORDS="puna show t", COMP_CWORD="2")
    assert zsh.stdout == "plain\ntiny\n_\n"
    fish = ask(environment, _PUNA_COMPLETE="fish_complete", COMP_WORDS="puna c", COMP_CWORD="c")
    assert f"plain,create\t{COMMANDS['create']}\n" in fish.stdout
    for shell in ("zsh", "fish"):
        assert f"_PUNA_COMPLETE={shell}_complete" in puna("completion", shell, environment=environment).stdout


@pytest.mark.parametrize(("shell", "option"), [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")])
def test_the_script_is_one_that_the_shell_understands(shell: str, option: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = subprocess.run([*PUNA, "completion", shell], capture_output=True, check=True).stdout
    subprocess.run([shell, option, "/dev/stdin"], input=script, check=True)


def test_without_a_backend_there_is_nothing_and_none_is_started(backend_environment: dict[str, str]) -> None:
    words = {"_PUNA_COMPLETE": "bash_complete", "COMP_LINE": "puna show t"}
    done = ask(backend_environment, **words)
    assert (done.returncode, done.stdout, done.stderr) == (0, "\n", "")
    wrong = ask({**backend_environment, "PUNA_THEEM": "x"}, **words)
    assert (wrong.returncode, wrong.stdout, wrong.stderr) == (0, "\n", "")
    assert not load(backend_environment).socket.exists()


def test_a_backend_that_does_not_answer_holds_nobody_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = Address(port=silent.getsockname()[1])
        begun = time.monotonic()
        assert brief_answer(Settings(address=address, socket=tmp_path / "none"), "/api/tags", 0.2) is None
        assert time.monotonic() - begun < 5


def test_a_hostile_name_is_not_offered_to_a_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    body = b'{"models":[{"name":"$(reboot):latest"},{"name":"a\\u001b[2J"},{"name":"good:1b"},{}]}'
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{server.getsockname()[1]}")
        monkeypatch.setenv("PUNA_STATE", str(tmp_path))
        monkeypatch.setenv("PUNA_SOCKET", str(tmp_path / "none"))
        answering = Thread(target=_answer_once, args=(server, body))
        answering.start()
        context = click.Context(command)
        items = stored_models(context, command.params[0], "")
        answering.join()
    assert [item.value for item in items] == ["good:1b"]


def _answer_once(server: socket.socket, body: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(1 << 16)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
