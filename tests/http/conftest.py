"""Fixtures of every test of the HTTP side."""

from tests.fakes.application import apps
from tests.fakes.observed import _replaying, runners
from tests.fakes.wire import wire

__all__ = ["_replaying", "apps", "runners", "wire"]
