"""What the user can have done to live requests."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.app import PunaApp


class RequestOperations:
    """Over the requests of every client."""

    def __init__(self, app: PunaApp) -> None:
        self._app = app

    def cancel(self, request: str) -> None:
        """Cancel a live request of any client."""
        self._app.work.tell(partial(self._app.connection.gateway.cancel, request), "the request is cancelled")
