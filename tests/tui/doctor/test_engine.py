from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tui.doctor.engine import Wheel, commands, examine_engine, find_wheel
from tui.doctor.finding import Level
from tui.doctor.gpus import Gpus, find_gpus

if TYPE_CHECKING:
    from pathlib import Path

DESCRIPTION = """
- CUDA 13.2
    pip install xllamacpp --force-reinstall --index-url https://example.invalid/whl/cu132
- CUDA 12.8
    pip install xllamacpp --force-reinstall --index-url https://example.invalid/whl/cu128
- `pip install xllamacpp --index-url https://example.invalid/whl/rocm-6.4.1`
    pip install xllamacpp --force-reinstall --index-url https://example.invalid/whl/rocm-7.2.4
    pip install xllamacpp --force-reinstall --index-url https://example.invalid/whl/vulkan
    pip install xllamacpp
"""
CPU = Wheel("1.0", "CPU", commands(DESCRIPTION))


def test_the_commands_are_the_engine_s_own_with_this_python() -> None:
    assert list(CPU.commands) == ["cu132", "cu128", "rocm-6.4.1", "rocm-7.2.4", "vulkan"]
    assert CPU.commands["cu128"].startswith(f"{sys.executable} -m pip install xllamacpp --force-reinstall --index-url")


@pytest.mark.parametrize(
    ("wheel", "gpus", "level", "todo"),
    [
        (CPU, Gpus(), Level.OK, ""),
        (CPU, Gpus(("NVIDIA",), ("H200",), "580", 13000), Level.ADVICE, "whl/cu128"),
        (CPU, Gpus(("NVIDIA",), ("H200",), "590", 13020), Level.ADVICE, "whl/cu132"),
        (CPU, Gpus(("NVIDIA",), ("K80",), "470", 11040), Level.ADVICE, "whl/vulkan"),
        (CPU, Gpus(("AMD",)), Level.ADVICE, "whl/rocm-7.2.4"),
        (CPU, Gpus(("Intel",)), Level.ADVICE, "whl/vulkan"),
        (Wheel("1.0", "CUDA", CPU.commands), Gpus(("NVIDIA",), ("H200",), "580", 13000), Level.OK, ""),
        (Wheel("1.0", "CPU", {}), Gpus(("AMD",)), Level.OK, ""),
        (None, Gpus(), Level.PROBLEM, "pip install xllamacpp"),
    ],
)
def test_a_better_build_is_named_where_there_is_one(wheel: Wheel | None, gpus: Gpus, level: Level, todo: str) -> None:
    finding = examine_engine(wheel, gpus)[-1]
    assert finding.level is level
    assert finding.todo.endswith(todo)


def test_a_card_without_its_driver_is_a_problem() -> None:
    finding = examine_engine(CPU, Gpus(("NVIDIA",), error="Driver Not Loaded"))[0]
    assert finding.level is Level.PROBLEM
    assert "Driver Not Loaded" in finding.text


def test_the_installed_engine_is_recognised() -> None:
    wheel = find_wheel()
    assert wheel is not None
    assert wheel.build in ("CPU", "CUDA", "ROCm", "Vulkan", "Metal")
    assert {"cu128", "vulkan"} <= wheel.commands.keys()


def test_cards_are_seen_without_a_driver(tmp_path: Path) -> None:
    for place, vendor in (("card0", "0x1002"), ("card1", "0x8086"), ("card2", "0xffff")):
        (tmp_path / place / "device").mkdir(parents=True)
        (tmp_path / place / "device" / "vendor").write_text(vendor + "\n")
    assert find_gpus(tmp_path).vendors[:2] == ("AMD", "Intel")
