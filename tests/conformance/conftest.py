"""Fixtures of the cases that need no model."""

from tests.fakes.observed import _replaying, runners
from tests.fakes.wire import wire

__all__ = ["_replaying", "runners", "wire"]
