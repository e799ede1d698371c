"""The two doors of the backend as listening sockets: TCP, and a private unix socket."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from typing import TYPE_CHECKING

from backend.errors import BackendError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from backend.address import Address
    from backend.keys import Keyring
    from backend.settings import Settings

_FORWARD = "Or listen on 127.0.0.1 and forward the port: ssh -L 11434:127.0.0.1:11434 this-host"


def check_exposure(settings: Settings, keyring: Keyring) -> None:
    """Nobody else reaches this backend without a key, nor over a network in the clear (the trust document's section 3).

    Raises `SettingsError`, which says what to do.
    """
    address = settings.address
    if settings.socket_only or address.is_loopback:
        return
    if not keyring.list():
        raise SettingsError(
            f"refusing to listen on {address.host}: anyone who reaches it could use this machine, and there is no key. "
            f"Make one: puna keys create NAME. {_FORWARD}"
        )
    if not settings.tls_certificate.name and not settings.insecure_plaintext:
        raise SettingsError(
            f"refusing to listen on {address.host} without TLS: keys and prompts could be read on the way. Set "
            "PUNA_TLS_CERTIFICATE and PUNA_TLS_KEY, or, in a network that you trust, PUNA_INSECURE_PLAINTEXT=1. "
            f"{_FORWARD}"
        )


def tcp(address: Address) -> socket.socket:
    """A listening socket at `address`. Raises `BackendError` if it is taken."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((address.host, address.port))
        sock.listen(1024)
    except OSError as error:
        sock.close()
        reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
        raise BackendError(
            f"the address {address.host}:{address.port} {reason}; stop what listens there, or set OLLAMA_HOST"
        ) from error
    return sock


@contextlib.contextmanager
def unix(path: Path) -> Iterator[socket.socket]:
    """A listening unix socket that only this user can reach; its file is removed at the end."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _require_own_folder(path.parent)
    _remove_stale(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    new = path.with_name(f"{path.name}~")
    new.unlink(missing_ok=True)
    try:
        _bind_private(sock, new)
        sock.listen(1024)
        new.rename(path)  # whoever sees the path can connect
        mine = path.lstat()
        try:
            yield sock
        finally:
            with contextlib.suppress(FileNotFoundError):  # a successor may have put its own there while we ended
                if os.path.samestat(path.lstat(), mine):
                    path.unlink()
    finally:
        sock.close()


def _require_own_folder(folder: Path) -> None:
    """Where others may rename files, they could put a socket of theirs in place of ours."""
    state = folder.stat()
    shared = state.st_mode & 0o022 and not state.st_mode & stat.S_ISVTX
    if shared or state.st_uid not in (os.geteuid(), 0):
        raise SettingsError(
            f"others can change the folder of the unix socket, {folder}; run: chmod 700 {folder}, or set PUNA_SOCKET"
        )


def _bind_private(sock: socket.socket, path: Path) -> None:
    previous = os.umask(0o177)
    try:
        sock.bind(str(path))
    finally:
        os.umask(previous)


def _remove_stale(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise BackendError(f"{path} exists and is no socket; remove it, or set PUNA_SOCKET")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)  # its owner was killed
        else:
            raise BackendError(f"another backend answers on {path}; stop it, or set PUNA_SOCKET")
