"""Run as a program with paths and types of models: each is loaded in ctransformers in a process of its own, which
prints a line of JSON: the path, tokens of the prompt, and tokens said (at most 10). One that dies prints none.
"""

from __future__ import annotations

import json
import os
import sys
from itertools import islice

from ctransformers.llm import LLM, Config


def speak(path: str, model_type: str) -> None:
    model = LLM(path, model_type, config=Config(threads=1, context_length=64), lib="basic")
    tokens = model.tokenize("the lake")
    said = list(islice(model.generate(tokens, temperature=0.8, seed=3), 10))
    print(json.dumps([path, len(tokens), len(said)]), flush=True)  # noqa: T201 # its output


if __name__ == "__main__":
    for path, model_type in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
        child = os.fork()
        if not child:
            speak(path, model_type)
            os._exit(0)
        os.waitpid(child, 0)
