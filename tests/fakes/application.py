"""The application of the backend under test, so that a test can walk its routes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from backend.http.server import make_app

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiohttp import web

    from backend.http.gate import Rules


@pytest.fixture
def apps(monkeypatch: pytest.MonkeyPatch) -> list[web.Application]:
    """The application of the backend in this process. To be asked for before the backend."""
    made: list[web.Application] = []

    def keep(families: Iterable[list[web.RouteDef]], rules: Rules) -> web.Application:
        made.append(make_app(families, rules))
        return made[-1]

    monkeypatch.setattr("backend.app.make_app", keep)
    return made


def address(route: web.AbstractRoute) -> str:
    """A path that the route serves."""
    assert route.resource is not None
    return re.sub(r"\{\w+\}", "x", route.resource.canonical)
