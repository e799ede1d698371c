"""`puna run` against a real backend with fake runners."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from backend.client import Client
from tests.fakes.backend import add_model
from tests.tui.commands.program import DEADLINE_S, PUNA, puna
from tests.tui.commands.terminal import on_terminal

if TYPE_CHECKING:
    from backend.settings import Settings


def test_the_answer_goes_to_stdout_and_ends_with_a_newline(environment: dict[str, str]) -> None:
    done = puna("run", "tiny", "say", "«one two»", environment=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "one two\n", "")


def test_piped_text_stands_before_the_prompt(environment: dict[str, str]) -> None:
    done = puna("run", "tiny", "two»", text="«one", environment=environment)
    assert done.stdout == "one two\n"


def test_the_answer_cannot_steer_the_terminal(environment: dict[str, str]) -> None:
    done = puna("run", "tiny", "«\x1b]0;owned\x07 \x9b2J \u202etxt»", environment=environment)
    assert done.stdout == "]0;owned 2J ⟨U+202E⟩txt\n"


def test_metrics_go_to_stderr(environment: dict[str, str]) -> None:
    done = puna("run", "tiny", "hello", "--verbose", environment=environment)
    labels = [line[:22].strip() for line in done.stderr.splitlines()]
    assert labels[0] == "total duration:"
    assert {"prompt eval count:", "eval count:", "eval rate:"} <= set(labels)
    assert done.stdout == "t0 t1 t2 t3 t4 \n"


def test_think_takes_no_word_of_the_prompt(backend_process: Settings, environment: dict[str, str]) -> None:
    refused = puna("run", "tiny", "--think", "hello", environment=environment)
    assert (refused.returncode, refused.stderr) == (1, 'Error: "tiny" does not support thinking\n')
    template = "{% for message in messages %}{{ message.content }}{% endfor %}<think></think>"
    add_model(backend_process, "thinker", metadata={"tokenizer.chat_template": template})
    for think in ([], ["--think"], ["--think=high"], ["--think=false"]):
        assert puna("run", "thinker", *think, "«yes»", environment=environment).stdout == "yes\n"


def test_an_embedding_model_prints_its_vector(backend_process: Settings, environment: dict[str, str]) -> None:
    add_model(backend_process, "vectors", metadata={"llama.pooling_type": 1})
    vector = json.loads(puna("run", "vectors", "hello", environment=environment).stdout)
    assert sum(x * x for x in vector) == pytest.approx(1.0)
    done = puna("run", "vectors", environment=environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: embedding models need text")


def test_without_a_prompt_and_a_terminal_the_model_is_loaded(environment: dict[str, str]) -> None:
    done = puna("run", "tiny", environment=environment)
    assert (done.returncode, done.stdout) == (0, "")
    assert "tiny:latest" in puna("ps", environment=environment).stdout


def test_a_runner_that_dies_is_an_error_after_the_words_that_came(environment: dict[str, str]) -> None:
    done = puna("run", "tiny", "@crash=2", environment=environment)
    assert done.returncode == 1
    assert done.stdout == "t0 t1 "
    assert done.stderr.startswith("Error: ")


def test_ctrl_c_ends_the_generation(backend_process: Settings, environment: dict[str, str]) -> None:
    command = [*PUNA, "run", "tiny", "@hang=2"]
    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=-1, stderr=-1) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(6) == b"t0 t1 "
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE_S) == 130
        assert process.stderr.read() == b"Stopped. The answer is not complete; the model stays loaded.\n"
    asyncio.run(no_request_is_left(backend_process))


async def no_request_is_left(settings: Settings) -> None:
    """Return when the backend says that it generates nothing."""
    async with asyncio.timeout(DEADLINE_S), Client(settings) as client:
        async for snapshot in client.events():
            if not snapshot.requests:
                return


def test_a_closed_pipe_ends_it_quietly(environment: dict[str, str]) -> None:
    command = [*PUNA, "run", "tiny", "@tokens=1000 @delay=0.001"]
    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=-1, stderr=-1) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(3)
        process.stdout.close()
        assert process.wait(DEADLINE_S) == 1
        assert process.stderr.read() == b""


def test_on_a_terminal_words_are_wrapped(environment: dict[str, str]) -> None:
    shown = on_terminal("run", "tiny", "«aaaa bbbb cccc dddd»", environment=environment, columns=20)
    assert shown.output.endswith(b"aaaa bbbb cccc \r\ndddd\r\n")
    whole = on_terminal("run", "tiny", "--nowordwrap", "«aaaa bbbb cccc dddd»", environment=environment, columns=20)
    assert whole.output.endswith(b"aaaa bbbb cccc dddd\r\n")


def test_on_a_terminal_flags_of_a_conversation_are_checked_first(environment: dict[str, str]) -> None:
    shown = on_terminal("run", "tiny", "--think", environment=environment, columns=80)
    assert shown.output == b'Error: "tiny" does not support thinking\r\n'
    shown = on_terminal("run", "tiny", "--keepalive=soon", environment=environment, columns=80)
    assert shown.output.startswith(b"Error: keep_alive must be a duration such as 5m")
