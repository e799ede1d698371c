"""Fixtures of every test of the HTTP side."""

from tests.fakes.observed import runners
from tests.fakes.wire import wire

__all__ = ["runners", "wire"]
