"""The user's own llama-server as a runner: its flags, its key, its life."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import psutil
import pytest

from backend.engine.devices import find
from backend.engine.local import LocalEngine
from backend.engine_choice import EngineName
from backend.errors import LoadFailed
from backend.llama_server import Abilities
from backend.runner.commands import commands
from backend.runner.llama_server import arguments
from backend.runner.server_devices import list_devices, sort_devices
from backend.runner.spec import RunnerOrder, RunnerSpec
from tests.fakes.llama_server import ROOT, write_binary
from tests.fakes.nvml import FakeNvml, Gpu

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SPEC = RunnerSpec(id="r", engine=EngineName.LLAMA_SERVER, model="/models/x", n_ctx=100, slots=3, n_batch=64)
NEWER = ("--load-mode", "--fit", "--cache-ram", "--embedding", "--pooling", "--context-shift", "--no-context-shift")
NEW = Abilities(frozenset(NEWER), tells_sizes=True)
OLD = Abilities(frozenset({"--no-mmap", "--no-context-shift", "--embedding", "--pooling"}), tells_sizes=False)
PARENT = (
    "import subprocess, sys\n"
    "child = subprocess.Popen(sys.argv[1:], stdin=0)\n"
    "print(child.pid, flush=True)\n"
    "child.wait()\n"
)


def flags(able: Abilities = NEW, *, gpu: bool = False, **changes: object) -> str:
    spec = msgspec.structs.replace(SPEC, **changes)
    order = RunnerOrder(spec=spec, socket="/run/x.sock", key="secret", parent=1)
    return f" {' '.join(arguments(order, able, gpu=gpu))} "


def test_what_every_model_is_started_with() -> None:
    made = flags()
    assert " --model /models/x --host /run/x.sock --ctx-size 300 --parallel 3 " in made
    assert " --batch-size 64 --ubatch-size 64 --flash-attn auto --no-webui " in made
    assert " --cache-ram 0 --fit off --context-shift --embedding --pooling mean " in made
    assert "secret" not in made
    assert not any(word in made for word in ("--gpu-layers", "--main-gpu", "--threads", "--load-mode", "--cache-type"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"threads": 3}, "--threads 3 --threads-batch 3"),
        ({"gpu_layers": 0}, "--gpu-layers 0"),
        ({"main_gpu": 1}, "--split-mode none --main-gpu 1"),
        ({"use_mmap": False}, "--load-mode none"),
        ({"flash_attention": "on"}, "--flash-attn on"),
        ({"kv_cache_type": "q8_0"}, "--cache-type-k q8_0 --cache-type-v q8_0"),
        ({"context_shift": False}, "--no-context-shift"),
        ({"adapters": ("/a", "/b")}, "--lora /a --lora /b"),
        ({"projector": "/p"}, "--mmproj /p --no-mmproj-offload"),
    ],
)
def test_choices_reach_the_binary(changes: dict[str, Any], words: str) -> None:
    assert f" {words} " in flags(**changes)
    assert f" {words} " not in flags()


def test_with_a_gpu_the_layers_are_fitted_unless_they_were_chosen() -> None:
    assert " --fit on " in flags(gpu=True)
    assert " --fit off " in flags(gpu=True, gpu_layers=4)
    assert "--no-mmproj-offload" not in flags(gpu=True, projector="/p")


def test_a_model_that_pools_by_itself_is_left_alone() -> None:
    assert "--embedding" in flags(pooling="")
    assert "--pooling" not in flags(pooling="")


def test_an_older_binary_is_spared_what_it_does_not_know() -> None:
    made = flags(OLD, use_mmap=False)
    assert "--no-mmap" in made
    assert not any(word in made for word in ("--load-mode", "--fit", "--cache-ram", "--context-shift", "--log-verb"))
    assert "--embedding" not in made  # it would refuse to chat
    assert "--embedding" in flags(OLD, pooling="")


async def test_it_runs_as_one_process_with_its_key_hidden(tmp_path: Path, make_spec: Callable[..., RunnerSpec]) -> None:
    spec = msgspec.structs.replace(make_spec("@slow_load=0.1"), engine=EngineName.LLAMA_SERVER)
    async with LocalEngine(10.0, server=write_binary(tmp_path)) as engine:
        handle = await engine.launch(spec)
        told = (await handle.client.call("/journal", {}))["spec"]
        assert told["pid"] == handle.pid
        assert f"--model {spec.model} --host {engine.folder}" in " ".join(told["flags"])
        process = psutil.Process(handle.pid)
        key = process.environ()["LLAMA_API_KEY"]
        assert len(key) > 30
        assert key not in " ".join(process.cmdline())
        assert {"LLAMA_MEDIA_MARKER", "GOMP_SPINCOUNT"} <= process.environ().keys()
    assert not process.is_running()


async def test_its_errors_are_those_of_the_load(tmp_path: Path, make_spec: Callable[..., RunnerSpec]) -> None:
    spec = msgspec.structs.replace(make_spec("@refuse=no_such_tensor"), engine=EngineName.LLAMA_SERVER)
    binary = write_binary(tmp_path)
    async with LocalEngine(10.0, server=binary) as engine:
        with pytest.raises(LoadFailed, match="error loading model: no such tensor"):
            await engine.launch(spec)
        binary.unlink()
        with pytest.raises(LoadFailed, match=r"PUNA_LLAMA_SERVER names .*cannot be run: No such file"):
            await engine.launch(spec)


async def test_an_engine_that_is_not_there_is_a_load_failure(make_spec: Callable[..., RunnerSpec]) -> None:
    spec = msgspec.structs.replace(make_spec(), engine=EngineName.LLAMA_SERVER)
    async with LocalEngine(10.0) as engine:
        with pytest.raises(LoadFailed, match='the engine "llama-server" is not installed'):
            await engine.launch(spec)


def test_it_dies_with_its_parent(tmp_path: Path, make_spec: Callable[..., RunnerSpec]) -> None:
    command = commands(write_binary(tmp_path))[EngineName.LLAMA_SERVER]
    with subprocess.Popen(
        (sys.executable, "-c", PARENT, *command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        # `@orphan` leaves the end of the input alone, and we keep it open: what remains is the parent's death.
        spec = make_spec("@orphan")
        order = RunnerOrder(spec=spec, socket=str(tmp_path / "r.sock"), key="k", parent=parent.pid)
        parent.stdin.write(msgspec.json.encode(order) + b"\n")
        parent.stdin.flush()
        assert b"cmd_child_to_router:state" in parent.stdout.readline()  # it has become the binary
        parent.kill()
        gone, _ = psutil.wait_procs([child], timeout=5)
        assert gone


async def test_its_devices_are_those_that_models_are_placed_on(tmp_path: Path) -> None:
    binary = write_binary(tmp_path)
    (device,) = await find(commands(binary)[EngineName.LLAMA_SERVER])
    assert (device.index, device.name, device.total, device.free) == (0, "Fake 24", 24 << 30, 20000 << 20)
    async with LocalEngine(10.0, server=binary) as engine:
        (node,) = await engine.nodes()
        assert [one.name for one in node.devices] == ["Fake 24"]
        assert node.seen_by(EngineName.LLAMA_SERVER) == node
        assert node.seen_by(EngineName.CTRANSFORMERS).devices == ()


@pytest.mark.parametrize(
    ("visible", "buses"),
    [(None, ["00000000:01:00.0", "00000000:02:00.0"]), ("1,0", ["00000000:02:00.0", "00000000:01:00.0"])],
)
def test_cuda_devices_are_found_in_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visible: str | None, buses: list[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", FakeNvml(Gpu(), Gpu(bus="00000000:02:00.0")))
    listed = "".join(f"  CUDA{n}: Fake (1 MiB, 1 MiB free)\n" for n in range(2)) + "  Vulkan0: Fake (1 MiB, 1 MiB free)"
    environ = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
    sort_devices(environ)
    devices = list_devices(write_binary(tmp_path, devices=listed), environ)
    assert [device["bus"] for device in devices] == [*buses, ""]
    environ["CUDA_DEVICE_ORDER"] = "FASTEST_FIRST"  # then nobody can tell
    assert {device["bus"] for device in list_devices(tmp_path / "llama-server", environ)} == {""}
