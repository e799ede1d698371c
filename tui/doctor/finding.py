"""What an examination finds: one fact each, and what to do about it."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct


class Level(Enum):
    """How much a finding matters."""

    OK = "ok"
    ADVICE = "advice"  # it works, and could work better
    PROBLEM = "problem"  # something does not work


class Finding(Struct, frozen=True):
    """`text` is the fact, `todo` what to do: a sentence or a command; empty where nothing need be done."""

    group: str
    name: str
    level: Level
    text: str
    todo: str = ""


def worst(findings: list[Finding]) -> Level:
    """The level that matters most."""
    levels = {finding.level for finding in findings}
    return next((level for level in (Level.PROBLEM, Level.ADVICE) if level in levels), Level.OK)
