from __future__ import annotations

import pytest

from backend.wire.workstation import DeviceView, MachineView, RooflineView, RunnerView
from tui.bench.limit import Limit, limit, on_device

_ROOFLINE = RooflineView(weights=1000, memory_bandwidth=1e6)


def runner(layers_on_gpu: int = 0, layers: int = 0) -> RunnerView:
    return RunnerView(
        id="r",
        model="m",
        state="ready",
        engine="llama.cpp",
        progress=1.0,
        size=0,
        size_vram=0,
        resident=0,
        slots=2,
        active=0,
        queued=0,
        tokens_per_second=0.0,
        expires_in=None,
        layers_on_gpu=layers_on_gpu,
        layers=layers,
        context_length=100,
        kv=2000,
    )


def machine(*bandwidths: float | None) -> MachineView:
    devices = [
        DeviceView(name="GPU", kind="nvidia", memory_total=0, memory_used=0, bandwidth=rate) for rate in bandwidths
    ]
    return MachineView(memory_total=0, memory_available=0, cpu=0.0, cores=1, load=0.0, devices=devices)


def test_a_token_reads_the_weights_and_its_own_cache() -> None:
    found = limit(runner(), _ROOFLINE, machine())
    assert (found.on_device, found.kv) == (0.0, 10.0)
    assert found.rate(1, 0) == pytest.approx(1000.0)
    assert found.rate(1, 100) == pytest.approx(500.0)
    assert found.rate(4, 100) == pytest.approx(4 * 1e6 / 5000), "streams share the weights and not the cache"


def test_what_lies_on_an_accelerator_is_read_at_its_speed() -> None:
    half = limit(runner(16, 32), _ROOFLINE, machine(1e9))
    assert half.rate(1, 0) == pytest.approx(1 / (500 / 1e6 + 500 / 1e9))
    whole = limit(runner(33, 33), RooflineView(weights=1000, memory_bandwidth=None), machine(1e9, 1e9))
    assert whole.rate(1, 0) == pytest.approx(1e6)


@pytest.mark.parametrize("bandwidths", [(), (None,), (1e9, 2e9)])
def test_a_limit_that_cannot_be_known_is_none(bandwidths: tuple[float | None, ...]) -> None:
    assert limit(runner(33, 33), _ROOFLINE, machine(*bandwidths)).rate(1, 0) is None


def test_what_reads_nothing_has_no_limit() -> None:
    assert on_device(runner(0, 33)) == 0.0
    assert Limit(0, 0.0, 0.0, 1e6, None).rate(1, 0) is None
