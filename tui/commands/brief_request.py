"""One short question to a backend that may not be there: for `puna -v` and for what a shell completes.

Without the typed client, whose libraries take longer to load than the answer takes to come.
"""

from __future__ import annotations

import json
import socket
import threading
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Any

from backend.errors import BackendError
from backend.key_file import read_key

if TYPE_CHECKING:
    from backend.settings import Settings

_LONGEST = 16 << 20  # bytes of an answer


def brief_answer(settings: Settings, path: str, deadline: float) -> dict[str, Any] | None:
    """The JSON object at `path`, or `None` if it does not come within `deadline` seconds. Starts no backend."""
    found: list[dict[str, Any]] = []
    asking = threading.Thread(target=_ask, args=(settings, path, deadline, found), daemon=True)
    asking.start()
    asking.join(deadline)  # also of a name that cannot be resolved, for which there is no timeout
    return found[0] if found else None


class _UnixConnection(HTTPConnection):
    """HTTP through the socket at `path`."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _ask(settings: Settings, path: str, timeout: float, found: list[dict[str, Any]]) -> None:
    try:
        key = settings.key or (read_key(settings.key_file) if settings.key_file.name else "")
        connection = _connection(settings, timeout)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {key}"} if key else {})
            response = connection.getresponse()
            answer = json.loads(response.read(_LONGEST)) if response.status == 200 else None
        finally:
            connection.close()
    except (BackendError, OSError, HTTPException, ValueError):
        return
    if isinstance(answer, dict):
        found.append(answer)


def _connection(settings: Settings, timeout: float) -> HTTPConnection:
    """To the same place as the typed client's."""
    address = settings.address
    if address.scheme == "unix":
        return _UnixConnection(address.host, timeout)
    if address.is_loopback and settings.socket.exists():
        return _UnixConnection(str(settings.socket), timeout)
    kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
    return kind(address.host, address.port, timeout=timeout)
