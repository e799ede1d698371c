from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from backend.wire.verify import FindingView, VerifyLine
from tests.fakes.backend import add_model
from tests.tui.commands.program import puna
from tui.commands.verify import report

if TYPE_CHECKING:
    from pathlib import Path

    from backend.settings import Settings


@pytest.fixture
def environment(backend_process: Settings, backend_environment: dict[str, str]) -> dict[str, str]:
    add_model(backend_process, "tiny")
    return backend_environment


@pytest.fixture
def blobs(backend_process: Settings) -> Path:
    return backend_process.models / "blobs"


def test_a_whole_store_is_so(environment: dict[str, str]) -> None:
    done = puna("verify", environment=environment)
    assert (done.returncode, done.stderr) == (0, "verifying\n")
    assert done.stdout.startswith("2 blobs of 1 model, ")
    assert done.stdout.endswith(" read: nothing is damaged\n")


def test_damage_is_told_with_what_to_do_and_a_status(environment: dict[str, str], blobs: Path) -> None:
    first, second, *_ = sorted(blobs.iterdir())
    first.unlink()
    os.truncate(second, 3)
    orphan = blobs / f"sha256-{'0' * 64}"
    orphan.write_bytes(bytes(2000))
    os.utime(orphan, (time.time() - 7200,) * 2)
    done = puna("verify", environment=environment)
    assert done.returncode == 1
    assert f"{first.name[7:19]}: it is not there\n  needed by tiny:latest\n  `puna pull tiny:latest`" in done.stdout
    assert f"{second.name[7:19]}: it has 3 bytes instead of " in done.stdout
    assert "`puna verify --repair tiny:latest` fetches it again" in done.stdout
    assert "1 file that no model needs, 2 KB\n" in done.stdout
    assert done.stdout.endswith(": 2 damaged\n")
    said = json.loads(puna("verify", "tiny", "--json", environment=environment).stdout)
    assert (said["ok"], said["models"], [found["fault"] for found in said["findings"]]) == (
        False,
        1,
        ["missing", "size"],
    )


def test_an_unknown_model_is_an_error(environment: dict[str, str]) -> None:
    done = puna("verify", "nobody", environment=environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("Error: model 'nobody:latest' not found\n")


def finding(**changes: object) -> FindingView:
    usual = {
        "fault": "digest",
        "file": f"sha256-{'a' * 64}",
        "text": "its bytes are other ones",
        "size": 5,
        "expected": 5,
        "models": ["m:latest"],
        "damage": True,
    }
    return FindingView(**{**usual, **changes})  # type: ignore[arg-type] # fields


def test_what_was_tried_is_told() -> None:
    last = VerifyLine(doing="verifying", completed=10, total=10, blobs=2, models=1)
    repaired, failed = finding(repaired=True), finding(failure="file\x1b[2J does not exist")
    assert list(report([repaired], last)) == [
        "aaaaaaaaaaaa: its bytes are other ones",
        "  needed by m:latest",
        "  repaired: it was fetched again",
        "2 blobs of 1 model, 10 B read: nothing is damaged any more, 1 repaired",
    ]
    text = "\n".join(report([failed], last))
    assert "not repaired: file" in text
    assert "\x1b" not in text
    assert "`puna rm m:latest`" in text
    many = finding(models=[f"m{number}:latest" for number in range(9)])
    assert "needed by m0:latest, m1:latest, m2:latest, m3:latest, m4:latest and 4 more" in "\n".join(
        report([many], last)
    )
