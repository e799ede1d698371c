"""`options` of a request: the specification's section A.6."""

from __future__ import annotations

from typing import Any

import pytest

from backend.errors import BackendError
from backend.inference.options import resolve
from backend.scheduler.demand import LoadOptions

pytestmark = pytest.mark.section("A.6")


def engine(n_ctx: int = 100, **request: Any) -> dict[str, Any]:
    return resolve({}, request, shift=True).engine(n_ctx)


def test_without_options_the_defaults_are_sent() -> None:
    resolved = resolve({}, {}, shift=True)
    assert resolved.load == LoadOptions()
    assert resolved.engine(100) == {
        "n_keep": 4,
        "seed": -1,
        "n_predict": 1000,
        "top_k": 40,
        "top_p": 0.9,
        "min_p": 0.0,
        "typical_p": 1.0,
        "repeat_last_n": 64,
        "repeat_penalty": 1.0,
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
        "temperature": 0.8,
        "stop": [],
    }


def test_the_request_wins_over_the_model_and_the_model_over_the_defaults() -> None:
    model = {"top_k": 1, "num_ctx": 10, "stop": ["a"], "temperature": 0}
    sent = resolve(model, {"top_k": 2, "num_ctx": 20, "temperature": None}, shift=False)
    assert (sent.load.num_ctx, sent.load.shift) == (20, False)
    assert (sent.sampling["top_k"], sent.sampling["stop"], sent.sampling["temperature"]) == (2, ["a"], 0.0)


def test_what_fixes_a_load_is_kept_apart() -> None:
    load: dict[str, Any] = {
        "num_ctx": 8,
        "num_batch": 9,
        "num_gpu": -1,
        "main_gpu": 1,
        "use_mmap": False,
        "num_thread": 2,
    }
    resolved = resolve({}, load, shift=True)
    assert resolved.load == LoadOptions(**load)
    assert not load.keys() & resolved.engine(8).keys()


@pytest.mark.parametrize(("given", "sent"), [(-1, 1000), (0, 1000), (-2, 1000), (1, 1), (1000, 1000), (1001, 1000)])
def test_no_reply_is_longer_than_ten_contexts(given: int, sent: int) -> None:
    assert engine(num_predict=given)["n_predict"] == sent


def test_numbers_are_made_what_the_engine_wants() -> None:
    sent = engine(top_k=1.9, temperature=1, seed=2**32 + 7)
    assert (sent["top_k"], sent["temperature"], sent["seed"]) == (1, 1.0, 7)
    assert isinstance(sent["temperature"], float)
    assert engine(seed=-1)["seed"] in {-1, 2**32 - 1}  # 32 bits of ones: a random seed
    assert engine(stop=["", "a"])["stop"] == ["a"]


def test_unknown_names_are_ignored_whatever_they_hold() -> None:
    assert engine(mirostat=[], numa="x", stream=False) == engine()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("num_ctx", "8", 'option "num_ctx" must be of type integer'),
        ("top_k", True, 'option "top_k" must be of type integer'),
        ("seed", [], 'option "seed" must be of type integer'),
        ("temperature", "hot", 'option "temperature" must be of type float32'),
        ("top_p", False, 'option "top_p" must be of type float32'),
        ("use_mmap", 1, 'option "use_mmap" must be of type boolean'),
        ("stop", "x", 'option "stop" must be of type array'),
        ("stop", ["x", 1], 'option "stop" must be of an array of strings'),
        ("num_ctx", 1e300, 'option "num_ctx" is out of range'),
    ],
)
def test_a_bad_value_names_its_option(name: str, value: Any, message: str) -> None:
    for model, request in (({}, {name: value}), ({name: value}, {})):
        with pytest.raises(BackendError) as caught:
            resolve(model, request, shift=True)
        assert (caught.value.message, caught.value.status) == (message, 500)
