"""Fixtures of every test of inference."""

from tests.fakes.observed import _replaying, runners
from tests.fakes.wire import wire

__all__ = ["_replaying", "runners", "wire"]
