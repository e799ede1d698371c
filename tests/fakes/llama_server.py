"""A llama-server without llama.cpp: it takes the flags of the real one and serves as the fake runner does.

`write_binary(folder)` makes an executable of it. The specification in the journal of its runner is made of its flags,
which stand there too, under `flags`.
"""

from __future__ import annotations

import os
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

VERSION = "0.9.9 (build 12345, commit cafe)"
DEVICES = "Available devices:\n  CUDA0: Fake 24 (24576 MiB, 20000 MiB free)\n  BLAS: OpenBLAS (0 MiB, 0 MiB free)\n"
HELP = """\
-m,    --model FNAME                    model path
--host HOST                             addresses to listen on, or UNIX socket paths
                                        ending in .sock
-c,    --ctx-size N                     size of the prompt context
-np,   --parallel N                     number of server slots
-b,    --batch-size N                   -ub,   --ubatch-size N
-fa,   --flash-attn [on|off|auto]       set Flash Attention use
-lv,   --verbosity, --log-verbosity N   - 4: trace (more info)
-lm,   --load-mode MODE                 -fit, --fit [on|off]
--context-shift, --no-context-shift     --offline
--ui,  --webui, --no-ui, --no-webui     whether to enable the Web UI
--embedding, --embeddings               --pooling {none,mean,cls,last,rank}
"""
ROOT = Path(__file__).parents[2]


def write_binary(folder: Path, *, help_text: str = HELP, devices: str = DEVICES, version: str = VERSION) -> Path:
    """An executable `llama-server` that says these texts."""
    path = folder / "llama-server"
    path.write_text(
        f"#!{sys.executable} -S\n"
        "import sys\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from tests.fakes.llama_server import main\n"
        f"main({{'--help': {help_text!r}, '--list-devices': {devices!r}, '--version': {f'version: {version}'!r}}})\n"
    )
    path.chmod(0o755)
    return path


def main(answers: dict[str, str]) -> None:
    from tests.fakes.runner import serve

    flags = sys.argv[1:]
    if flags and flags[0] in answers:
        sys.stdout.write(answers[flags[0]] + "\n")
        return
    values = dict(pairwise(flags))
    slots = int(values["--parallel"])
    spec: dict[str, Any] = {
        "model": values["--model"],
        "slots": slots,
        "n_ctx": int(values["--ctx-size"]) // slots,
        "flags": flags,
        "pid": os.getpid(),
    }
    serve({"spec": spec, "socket": values["--host"], "key": os.environ["LLAMA_API_KEY"]})
