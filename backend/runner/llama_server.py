"""The child that becomes the user's own llama-server: `python -m backend.runner.llama_server PATH`, one `RunnerOrder`
on stdin.

It turns the order into the binary's flags (the specification's section I.1), as far as the binary knows them, and
becomes it: same process, hence one to watch and to kill. The key goes by environment, never by command line.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from backend.errors import SettingsError
from backend.llama_server import Abilities, abilities
from backend.runner.child import read_order
from backend.runner.server_devices import list_devices, sort_devices
from backend.runner.spec import media_marker

if TYPE_CHECKING:
    from backend.runner.spec import RunnerOrder, RunnerSpec

_VERBOSITY = "4"


def main() -> None:
    """Become the binary of the first argument. With `--devices`, only print the accelerators that it can use, as a line
    of JSON. Exit status 1, and a line on stderr, if it cannot be run.
    """
    path = Path(sys.argv[1])
    sort_devices(os.environ)
    try:
        if "--devices" in sys.argv:
            sys.stdout.buffer.write(msgspec.json.encode(list_devices(path, os.environ)) + b"\n")
            return
        order = read_order()
        gpu = bool(list_devices(path, os.environ))
        command = [str(path), *arguments(order, abilities(path), gpu=gpu)]
        os.execve(path, command, {**os.environ, **_environment(order)})  # noqa: S606 # the program that the user named
    except SettingsError as error:
        sys.exit(f"0 E {error}")
    except OSError as error:
        sys.exit(f"0 E {path.name} cannot be run: {error.strerror}")


def arguments(order: RunnerOrder, able: Abilities, *, gpu: bool) -> list[str]:
    """The flags for an order. `gpu`: the binary can use an accelerator. Flags that came later than the oldest version
    that is taken are left out where they are unknown.
    """
    spec = order.spec
    flags = [
        *("--model", spec.model, "--host", order.socket),
        *("--ctx-size", str(spec.n_ctx * spec.slots), "--parallel", str(spec.slots)),
        *("--batch-size", str(spec.n_batch), "--ubatch-size", str(spec.n_batch)),
        *("--flash-attn", spec.flash_attention, "--no-webui"),
        *_places(spec),
    ]
    if spec.threads > 0:
        flags += ["--threads", str(spec.threads), "--threads-batch", str(spec.threads)]
    if spec.kv_cache_type:
        flags += ["--cache-type-k", spec.kv_cache_type, "--cache-type-v", spec.kv_cache_type]
    for adapter in spec.adapters:
        flags += ["--lora", adapter]
    if spec.projector:
        flags += ["--mmproj", spec.projector, *([] if gpu else ["--no-mmproj-offload"])]
    return flags + [word for option in _newer(spec, able, gpu=gpu) if option[0] in able.flags for word in option]


def _places(spec: RunnerSpec) -> list[str]:
    flags = ["--gpu-layers", str(spec.gpu_layers)] if spec.gpu_layers >= 0 else []
    if spec.main_gpu is not None:
        flags += ["--split-mode", "none", "--main-gpu", str(spec.main_gpu)]
    return flags


def _newer(spec: RunnerSpec, able: Abilities, *, gpu: bool) -> list[tuple[str, ...]]:
    """Flags that not every version has, each with its value."""
    modern = "--load-mode" in able.flags
    options: list[tuple[str, ...]] = [
        ("--offline",),
        ("--jinja",),
        ("--no-slots",),
        ("--log-prefix",),
        ("--log-timestamps",),
        ("--no-kv-unified",),
        ("--cache-ram", "0"),  # the host's prompt cache can restore another conversation's prefix
        # Without a GPU the fitting pass only loads the model twice.
        ("--fit", "on" if gpu and spec.gpu_layers < 0 else "off"),
        ("--context-shift" if spec.context_shift else "--no-context-shift",),
    ]
    if able.tells_sizes:
        options.append(("--log-verbosity", _VERBOSITY))
    if spec.use_mmap is False:
        options.append(("--load-mode", "none") if modern else ("--no-mmap",))
    if modern or not spec.pooling:  # older ones, told to embed, do nothing else
        options.append(("--embedding",))
        if spec.pooling:
            options.append(("--pooling", spec.pooling))
    return options


def _environment(order: RunnerOrder) -> dict[str, str]:
    return {
        "LLAMA_API_KEY": order.key,
        "LLAMA_MEDIA_MARKER": media_marker(order.key),
        # Tells the progress of the load on stdout, and ends at the end of its input.
        "LLAMA_SERVER_ROUTER_PORT": "1",
        # Spinning OpenMP threads starve every other process on the box.
        "GOMP_SPINCOUNT": os.environ.get("GOMP_SPINCOUNT", "1000"),
    }


if __name__ == "__main__":
    main()
