"""What the queue does about registries that misbehave or go away."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING

import pytest

from backend.downloads.download import STALL_S, Download
from backend.downloads.file import read
from backend.registry.pull import Step
from backend.store import ModelName
from backend.wire.ollama import Progress
from tests.downloads.box import Box, ended, until, view

if TYPE_CHECKING:
    from tests.fakes.registry import FakeRegistry

DATA = random.Random(8).randbytes(400_000)  # noqa: S311 # no secret
NAME = ModelName.parse("a/b")


async def test_a_registry_that_is_ill_for_a_while_only_delays(box: Box, fake: FakeRegistry) -> None:
    fake.add("a/b", DATA)
    fake.fault, fake.faults = "error", 8  # more than one pull tries
    async with box.open() as queue:
        identity = (await queue.add(f"{fake.url}/a/b", insecure=True)).id
        assert (await ended(queue, identity)).state == "done"
    assert len([asked for asked in fake.asked if "/manifests/" in asked.path]) > 1


async def test_while_one_waits_for_its_next_try_the_next_one_comes(box: Box, fake: FakeRegistry) -> None:
    fake.add("a/b", DATA)
    fake.fault = "error"
    async with box.open(first_s=3600.0) as queue:
        ill = (await queue.add(f"{fake.url}/a/b", insecure=True)).id
        await until(lambda: view(queue, ill).state == "stalled")
        stalled = view(queue, ill)
        assert "503: try later" in stalled.reason
        assert stalled.retry_in is not None
        assert 50 < stalled.retry_in <= 60
        fake.fault = ""
        fake.add("a/c", b"well")
        well = await queue.add(f"{fake.url}/a/c", insecure=True)
        assert (await ended(queue, well.id)).state == "done"
        assert view(queue, ill).state == "stalled"
        await queue.resume(ill)  # now
        assert (await ended(queue, ill)).state == "done"


async def test_an_address_where_nobody_ever_answers_is_given_up(box: Box) -> None:
    async with box.open() as queue:
        failed = await ended(queue, (await queue.add("http://127.0.0.1:1/a/b")).id)
        assert failed.reason.startswith("pull model manifest: cannot reach 127.0.0.1:1")


@pytest.mark.parametrize("fault", ["wrong bytes", "wrong range"])
async def test_what_no_try_can_mend_fails_at_once(box: Box, fake: FakeRegistry, fault: str) -> None:
    fake.add("a/b", DATA)
    fake.fault = fault
    async with box.open() as queue:
        failed = await ended(queue, (await queue.add(f"{fake.url}/a/b", insecure=True)).id)
        assert failed.state == "failed"
        assert ("digest mismatch" if fault == "wrong bytes" else "another range") in failed.reason
        assert len([asked for asked in fake.asked if "/manifests/" in asked.path]) == 1
        fake.fault = ""
        await queue.resume(failed.id)
        assert (await ended(queue, failed.id)).state == "done"


async def test_a_model_that_is_not_there_fails_at_once(box: Box, fake: FakeRegistry) -> None:
    async with box.open() as queue:
        failed = await ended(queue, (await queue.add(f"{fake.url}/a/b", insecure=True)).id)
        assert failed.reason == "pull model manifest: file does not exist"
        assert len(fake.asked) == 1


async def test_a_refused_login_fails_at_once(box: Box, fake: FakeRegistry) -> None:
    fake.add("a/b", DATA)
    fake.token, fake.login_token = "secret", "wrong"
    async with box.open() as queue:
        failed = await ended(queue, (await queue.add(f"{fake.url}/a/b", insecure=True)).id)
        assert failed.reason == "pull model manifest: unauthorized: access denied"


async def test_a_defect_fails_one_download_and_no_other(
    box: Box, fake: FakeRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    fake.add("a/b", b"one")
    fake.add("a/c", b"two")
    broken = itertools.count()
    known = box.store.blobs.require_space

    def sometimes(sizes: dict[object, int]) -> None:
        if next(broken) == 0:
            raise RuntimeError("a defect")
        known(sizes)  # type: ignore[arg-type] # as it was given

    box.store.blobs.require_space = sometimes  # type: ignore[method-assign, assignment] # a fault put in
    async with box.open() as queue:
        first = await queue.add(f"{fake.url}/a/b", insecure=True)
        second = await queue.add(f"{fake.url}/a/c", insecure=True)
        assert (await ended(queue, first.id)).reason == "the backend failed; its log says why"
        assert (await ended(queue, second.id)).state == "done"
    assert "a defect" in caplog.text


def step(status: str, completed: int = 0, total: int = 1000) -> Step:
    return Step(Progress(status=status), completed, total)


def test_a_silence_is_told_while_bytes_are_expected() -> None:
    download = Download("1", "a/b", NAME, insecure=False)
    download.begin(0.0)
    download.note(step("pulling manifest", total=0), 0.0)
    assert download.view(STALL_S - 1).state == "running"
    assert download.view(STALL_S).state == "stalled"
    download.note(step("pulling abc", 100), 20.0)
    download.note(step("pulling abc", 300), 22.0)
    view = download.view(22.0)
    assert (view.state, view.rate, view.left) == ("running", 100.0, 7.0)
    download.note(step("pulling abc", 300), 22.0 + STALL_S)
    view = download.view(22.0 + STALL_S)
    assert (view.state, view.reason, view.rate, view.left) == ("stalled", "nothing has come for 10 s", 0.0, None)
    download.note(step("pulling abc", 301), 40.0)
    assert download.view(40.0).state == "running"
    download.note(step("verifying sha256 digest", 1000), 41.0)
    assert download.view(999.0).state == "running"


def test_what_was_there_before_is_no_speed() -> None:
    download = Download("1", "a/b", NAME, insecure=False)
    download.begin(0.0)
    download.note(step("pulling abc", 900), 0.0)
    download.note(step("pulling abc", 910), 2.0)
    assert download.view(2.0).rate == 5.0


async def test_a_damaged_file_is_no_reason_not_to_start(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    box.path.parent.mkdir(parents=True)
    for text in ("{", "[]", '{"version":1,"downloads":[{"id":1}]}'):
        box.path.write_text(text)
        assert read(box.path) == []
    assert caplog.text.count("are forgotten") == 3
    async with box.open() as queue:
        assert queue.views() == []
