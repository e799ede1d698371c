"""What commands print, word for word, on a terminal of 80 columns and into a pipe (the specification's section J)."""

from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING

import pytest

from backend import __version__
from tests.fakes.backend import add_model
from tests.tui.commands.program import puna
from tests.tui.commands.terminal import on_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from backend.settings import Settings
    from tests.fakes.registry import FakeRegistry

    Both = Callable[..., list[str]]


@pytest.fixture
def both(environment: dict[str, str]) -> Both:
    """Run a command in both ways; its lines, which are the same in both. An error is what stderr says."""

    def both(*arguments: str, status: int = 0) -> list[str]:
        piped = puna(*arguments, environment=environment)
        shown = on_terminal(*arguments, environment=environment)
        assert (piped.returncode, shown.status, shown.sane) == (status, status, True)
        assert _lines(shown.output.decode()) == _lines(piped.stdout + piped.stderr)
        assert (piped.stdout if status else piped.stderr) == ""
        return _lines(piped.stdout + piped.stderr)

    return both


def _lines(text: str) -> list[str]:
    """Lines, with the time that passes between two commands left out."""
    return re.sub("(Less than a second|1 second|[0-9]+ seconds) ago", "just now", text).splitlines()


def test_list_and_ps(both: Both, environment: dict[str, str]) -> None:
    (tiny,) = json.loads(puna("list", "--json", environment=environment).stdout)
    identity = tiny["digest"][:12]
    header, row = both("list")
    assert header == "NAME           ID              SIZE      MODIFIED"
    assert row == f"tiny:latest    {identity}    5.5 KB    just now"
    assert puna("ls", "x", environment=environment).stdout == "NAME    ID    SIZE    MODIFIED\n"
    assert puna("ps", environment=environment).stdout == "NAME    ID    SIZE    PROCESSOR    CONTEXT    UNTIL\n"
    assert both("run", "tiny", "«two words»", "--keepalive", "1000h") == ["two words"]
    header, row = both("ps", "TINY")
    assert header == "NAME           ID              SIZE     PROCESSOR    CONTEXT    UNTIL"
    assert row == f"tiny:latest    {identity}    13 MB    100% CPU     2048       5 weeks from now"
    assert puna("stop", "tiny", environment=environment).stdout == ""
    assert both("stop", "nobody", status=1) == ['Error: couldn\'t find model "nobody" to stop']


def test_show(both: Both, backend_process: Settings) -> None:
    system, licence = "Be brief.\n\nBe kind.\nBe quick.", "MIT\nAll of it"
    add_model(backend_process, "full", system=system, license=licence, parameters={"top_k": 7}, requires="0.14.0")
    shown = both("show", "full")
    engine = shown.index("  Engine")  # Puna's own: Ollama has one engine
    assert shown[engine + 1].split() == ["name", "llama.cpp"]
    del shown[engine : shown.index("", engine) + 1]
    assert shown == [
        "  Model",
        "    architecture        llama",
        "    parameters          4K",
        "    context length      2048",
        "    embedding length    64",
        "    quantization        Q4_1",
        "    requires            0.14.0",
        "",
        "  Capabilities",
        "    completion",
        "",
        "  Parameters",
        "    top_k    7",
        "",
        "  System",
        "    Be brief.",
        "    Be kind.",
        "    ...",
        "",
        "  License",
        "    MIT",
        "    All of it",
        "",
    ]
    assert both("show", "full", "--license") == licence.splitlines()
    assert both("show", "full", "--system", "--template", status=1) == [
        "Error: only one of '--license', '--modelfile', '--parameters', '--system', or '--template' can be specified"
    ]
    verbose = both("show", "-v", "full")
    assert verbose.index("  Parameters") < verbose.index("  Metadata") < verbose.index("  Tensors")
    assert verbose.index("  Tensors") < verbose.index("  System")


def test_copy_and_remove(both: Both, environment: dict[str, str]) -> None:
    assert both("cp", "tiny", "a") == ["copied 'tiny' to 'a'"]
    puna("cp", "tiny", "b", environment=environment)
    assert puna("rm", "a", "b", environment=environment).stdout == "deleted 'a'\ndeleted 'b'\n"
    assert both("rm", "a", status=1) == ["Error: model 'a' not found"]


def test_version_help_and_what_there_is_not(both: Both, environment: dict[str, str]) -> None:
    assert both("-v") == [f"puna version is {__version__}"]
    assert both("help") == puna("--help", environment=environment).stdout.splitlines()
    assert both("help", "show") == puna("show", "--help", environment=environment).stdout.splitlines()
    assert both("help", "nothing", status=1) == ["Error: there is no command 'nothing'; `puna help` lists them"]
    assert both("create", "a b", status=1) == ["Error: invalid model name: a b"]
    for name in ("signin", "logout"):
        refused = puna(name, environment=environment)
        assert (refused.returncode, refused.stderr[:48]) == (1, "Error: Puna has no account and uses no cloud, so")


def test_pull_and_push_draw_bars_on_a_terminal(environment: dict[str, str], fake_registry: FakeRegistry) -> None:
    name = f"{fake_registry.url}/mine/tiny"
    puna("cp", "tiny", name, environment=environment)
    pushed = on_terminal("push", name, environment=environment)
    assert (pushed.status, pushed.sane) == (0, True)
    assert pushed.screen[0] == "retrieving manifest"
    assert re.fullmatch(r"pushing [0-9a-f]{12}: 100% ▕█+▏ +5\.\d KB/5\.\d KB", pushed.screen[1])
    assert len(pushed.screen[1]) == 77
    assert pushed.screen[-4:] == ["success", "You can find your model at:", "", f"        {name}"]
    fake_registry.add("mine/slow", random.Random(1).randbytes(300_000))  # noqa: S311 # no secret
    fake_registry.pause = 0.1
    pulled = on_terminal("pull", f"{fake_registry.url}/mine/slow", environment=environment)
    assert pulled.screen[0] == "pulling manifest"
    assert re.fullmatch(r"pulling [0-9a-f]{12}: 100% ▕█+▏ 300 KB/300 KB", pulled.screen[1])
    assert pulled.screen[2:] == ["verifying sha256 digest", "writing manifest", "success"]
    written = pulled.output.decode()
    assert re.search("pulling manifest [⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]\x1b", written)
    assert re.search(r":  \d\d% ▕█+ +▏ +\d+ KB/300 KB +\d+ KB/s +\d+s\x1b", written)


def test_create_ends_with_success(environment: dict[str, str], backend_process: Settings) -> None:
    folder = backend_process.models.parent
    (folder / "Modelfile").write_text("FROM ./tiny.gguf\nSYSTEM Be new.\n")
    shown = on_terminal("create", "made", environment=environment, folder=folder)
    assert (shown.status, shown.sane) == (0, True)
    assert re.match(r"hashing tiny\.gguf: 100% ▕█+▏", shown.screen[0])
    assert shown.screen[-2:] == ["writing manifest", "success"]
    assert puna("show", "made", "--system", environment=environment).stdout == "Be new.\n"
