"""ChatML, which several families are built upon."""

from __future__ import annotations

ASK = "<|im_start|>assistant\n"
"""What asks for an answer."""


def turn(role: str, text: str, *, left_open: bool = False) -> str:
    """A message. One that is left open is gone on with."""
    return f"<|im_start|>{role}\n{text}" + ("" if left_open else "<|im_end|>\n")
