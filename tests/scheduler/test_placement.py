from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from backend.engine.base import Device, NodeInfo
from backend.scheduler.demand import LoadOptions, ModelFacts
from backend.scheduler.placement import Placement, place
from backend.scheduler.plan import make
from backend.settings import Settings
from tests.scheduler.demands import demand

GIB = 1 << 30
# 9 GiB of layers, 1 GiB of output matrix, 2 GiB of input embedding
FACTS = ModelFacts(
    file_size=12 * GIB,
    trained_context=8192,
    kv_bytes_per_token=GIB // 1024,
    pools=False,
    layers=9,
    layer_bytes=9 * GIB,
    output_bytes=GIB,
)
CPU = NodeInfo(id="local", memory_total=64 * GIB, memory_available=60 * GIB)


def node(*sizes: float) -> NodeInfo:
    devices = (Device(n, "G", f"0:{n}", int(size * GIB), int(size * GIB)) for n, size in enumerate(sizes))
    return replace(CPU, devices=tuple(devices))


def placed(machine: NodeInfo, num_gpu: int | None = None) -> Placement:
    wanted = demand(options=LoadOptions(num_ctx=1024, num_parallel=1, num_gpu=num_gpu), facts=FACTS)
    return place(FACTS, make(wanted, "r", Settings(), machine), machine, Settings())


def test_without_accelerators_everything_is_in_the_machine() -> None:
    found = placed(CPU)
    assert (found.layers_on_gpu, found.layers) == (0, 0)
    assert [(share.device, share.weights, share.kv) for share in found.shares] == [(None, 12 * GIB, GIB)]


def test_all_layers_go_where_they_fit_and_the_embedding_stays() -> None:
    found = placed(node(24))
    assert (found.layers_on_gpu, found.layers) == (10, 10)
    on_gpu, rest = found.shares
    assert (on_gpu.device, on_gpu.weights, on_gpu.kv) == (0, 10 * GIB, GIB)
    assert (rest.device, rest.weights, rest.kv, rest.compute) == (None, 2 * GIB, 0, 0)


def test_as_many_as_fit_with_what_they_need() -> None:
    found = placed(node(6))  # a margin of 1 GiB, a layer of 1 GiB and a ninth of the cache
    assert found.layers_on_gpu == 4
    on_gpu, rest = found.shares
    assert on_gpu.weights == 4 * GIB
    assert on_gpu.kv + rest.kv == GIB


def test_the_users_number_of_layers_is_taken_as_it_is() -> None:
    assert placed(node(2), 7).layers_on_gpu == 7
    assert placed(node(24), 99).layers_on_gpu == 10
    nothing = placed(node(24), 0)
    assert (nothing.layers_on_gpu, [share.device for share in nothing.shares]) == (0, [None])


def test_layers_are_shared_out_by_free_memory() -> None:
    first, second, _ = placed(node(12, 6)).shares
    assert (first.device, second.device) == (0, 1)
    assert (first.weights, second.weights) == (7 * GIB, 3 * GIB)


@given(st.lists(st.floats(0.1, 40), max_size=4), st.none() | st.integers(0, 12))
def test_nothing_is_lost_or_invented(sizes: list[float], num_gpu: int | None) -> None:
    found = placed(node(*sizes), num_gpu)
    assert sum(share.weights for share in found.shares) == 12 * GIB
    assert abs(sum(share.kv for share in found.shares) - GIB) < 8  # rounded on each device
    assert 0 <= found.layers_on_gpu <= found.layers
