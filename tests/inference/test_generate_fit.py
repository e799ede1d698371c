"""Prompts that do not fit their context: the specification's section I.4, seen from the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.backend import add_model
from tests.fakes.observed import asked

if TYPE_CHECKING:
    from backend.engine.base import RunnerHandle
    from backend.settings import Settings
    from tests.fakes.wire import Answer, Wire

pytestmark = pytest.mark.section("A.2")

TOO_LONG = (
    "the prompt is longer than the context length currently available to the model; shorten the prompt, adjust the "
    "context length in settings, or use a model with a longer context length"
)


async def complete(wire: Wire, words: int, **fields: Any) -> Answer:
    """Ask for the completion of so many tokens: the fake runner's tokens are words, numbered in order of arrival."""
    prompt = " ".join(f"w{number}" for number in range(words))
    options = {"num_ctx": 20, **fields.pop("options", {})}
    return await wire.post("/api/generate", model="m", prompt=prompt, raw=True, options=options, **fields)


@pytest.mark.parametrize(
    ("keep", "sent"),
    [
        (4, [*range(4), *range(32, 40)]),  # 20 - (20 - 4) / 2 = 12 tokens
        (0, [*range(30, 40)]),
        (-1, [*range(30, 40)]),
        (99, [*range(16), *range(38, 40)]),  # at most the context less 4
        (15, [*range(15), *range(37, 40)]),
    ],
)
async def test_the_middle_of_a_long_prompt_is_cut(
    runners: list[RunnerHandle], wire: Wire, backend: Settings, keep: int, sent: list[int]
) -> None:
    add_model(backend, "m")
    assert (await complete(wire, 40, options={"num_keep": keep})).lines[-1]["done"] is True
    (body,) = await asked(runners[0])
    assert body["prompt"] == sent


async def test_a_prompt_that_fits_is_sent_as_text(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    await complete(wire, 3)
    await complete(wire, 19)
    await complete(wire, 20)
    short, exact, long = [body["prompt"] for body in await asked(runners[0])]
    assert (short, exact.split()[-1]) == ("w0 w1 w2", "w18")
    assert long == [*range(4), *range(12, 20)]
    measured = await asked(runners[0], "/tokenize")
    assert {len(body["content"].split()) for body in measured} == {19, 20}  # few bytes cannot be many tokens


async def test_without_a_shift_a_long_prompt_is_refused(wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    for stream in (True, False):
        assert (await complete(wire, 20, shift=False, stream=stream)).refusal == (400, TOO_LONG)
    assert (await complete(wire, 19, shift=False)).lines[-1]["done"] is True


async def test_nothing_is_cut_if_the_client_forbids_it(
    runners: list[RunnerHandle], wire: Wire, backend: Settings
) -> None:
    add_model(backend, "m")
    await complete(wire, 40, truncate=False)
    (body,) = await asked(runners[0])
    assert len(body["prompt"].split()) == 40


async def test_the_shift_is_part_of_the_load(runners: list[RunnerHandle], wire: Wire, backend: Settings) -> None:
    add_model(backend, "m")
    for shift in (None, True, False):
        await complete(wire, 3, shift=shift)
    assert len(runners) == 2
