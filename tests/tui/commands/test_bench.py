from __future__ import annotations

import json
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.fakes.backend import add_model
from tests.tui.commands.program import DEADLINE_S, PUNA, puna

if TYPE_CHECKING:
    from backend.settings import Settings


@pytest.fixture
def environment(backend_process: Settings, backend_environment: dict[str, str]) -> dict[str, str]:
    add_model(backend_process, "tiny")
    return backend_environment


def test_a_model_is_measured_for_people_and_for_programs(environment: dict[str, str]) -> None:
    short = ("bench", "tiny", "--prompt", "8", "--predict", "3", "--rounds", "2")
    done = puna(*short, "--concurrency", "2", environment=environment)
    assert done.returncode == 0, done.stderr
    assert "STREAMS" in done.stdout
    assert done.stderr.splitlines()[-2:] == ["measuring 2 streams, 2 rounds", "measuring the memory"]
    said = json.loads(puna(*short, "--json", environment=environment).stdout)
    assert (said["model"], said["load_seconds"], said["other_requests"]) == ("tiny:latest", None, [])
    (level,) = said["levels"]
    assert (level["streams"], level["prompt_tokens"], level["tokens"]) == (1, 8, 3)


@pytest.mark.parametrize("words", [("--concurrency", "1,x"), ("--concurrency", "65"), ("--rounds", "0")])
def test_what_makes_no_sense_is_refused_before_anything_happens(words: tuple[str, str]) -> None:
    done = puna("bench", "tiny", *words, environment={})
    assert done.returncode == 1
    assert f"Invalid value for '{words[0]}'" in done.stderr


def test_ctrl_c_ends_it_with_a_sentence(environment: dict[str, str]) -> None:
    command = [*PUNA, "bench", "tiny", "--rounds", "1000", "--predict", "4"]
    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=-1, stderr=-1) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while b"measuring" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE_S) == 130
        said = b"Stopped. Nothing was measured; the model stays loaded.\n"
        assert (process.stdout.read(), process.stderr.read()) == (b"", said)
