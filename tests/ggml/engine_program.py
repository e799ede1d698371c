"""Run as a program: loads a model file in ctransformers and prints ten tokens and the context length, as JSON."""

from __future__ import annotations

import json
import sys
from itertools import islice

from ctransformers.llm import LLM, Config

if __name__ == "__main__":
    model = LLM(sys.argv[1], sys.argv[2], config=Config(threads=1, context_length=64), lib="basic")
    tokens = model.tokenize("the lake")
    said = list(islice(model.generate(tokens, temperature=0.8, seed=3), 10))
    print(json.dumps([len(tokens), said, model.context_length]))  # noqa: T201 # its output
