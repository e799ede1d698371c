"""The key pair that registries know this machine by: `~/.ollama/id_ed25519` (the specification, sections D and E.1)."""

from __future__ import annotations

import base64
import os
import secrets
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from backend.errors import BackendError, RegistryError
from backend.files import disk_errors, make_private_folders, open_new, read_bounded, write_all

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_LIMIT = 1 << 16  # bytes of a key's file


class KeyPair:
    """An ed25519 key in OpenSSH's format at `path`, its public half at `path` with `.pub`.

    It is read, and made if it is missing, when it is first used: most registries never ask for it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._private: Ed25519PrivateKey | None = None

    def authorize(self, data: bytes) -> str:
        """`<public key>:<signature of data>`, both base64, as the `Authorization` header carries them (section E.1).

        Blocking. Raises `RegistryError` for a key that cannot be used, `StoreError` if none can be written.
        """
        private = self._private = self._private or self._load()
        return f"{_public_line(private).split()[1]}:{base64.b64encode(private.sign(data)).decode()}"

    @property
    def public_line(self) -> str:
        """The public half as `authorized_keys` has it, without a comment. Blocking; raises what `authorize` does."""
        private = self._private = self._private or self._load()
        return _public_line(private)

    def _load(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_ssh_private_key

        with disk_errors("use the registry key"):
            if not os.path.lexists(self._path):
                self._make(Ed25519PrivateKey.generate())
            data = read_bounded(self._path, _LIMIT)
        try:
            private = load_ssh_private_key(data, password=None)
        except (ValueError, TypeError) as error:
            raise RegistryError(f"the registry key cannot be read ({error}); move it away to get a new one") from error
        if not isinstance(private, Ed25519PrivateKey):
            raise RegistryError("the registry key is no ed25519 key; move it away to get a new one")
        with disk_errors("write the public half of the registry key"):
            _write(self._path.with_name(f"{self._path.name}.pub"), f"{_public_line(private)}\n".encode(), 0o644)
        return private

    def _make(self, private: Ed25519PrivateKey) -> None:
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        secret = private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        make_private_folders(self._path.parent)
        _write(self._path, secret, 0o600)


def _public_line(private: Ed25519PrivateKey) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def _write(path: Path, data: bytes, mode: int) -> None:
    """The file appears whole or not at all; one that is there already stays."""
    if os.path.lexists(path):
        return
    temporary = path.with_name(f"{path.name}-{secrets.token_hex(8)}")
    descriptor = open_new(temporary, mode)
    try:
        write_all(descriptor, data)
        os.fsync(descriptor)
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        os.close(descriptor)
        temporary.unlink()


def main(path: Path) -> int:
    """`python -m backend.registry.key PATH`: make the key pair if it is missing, and tell so in Ollama's words.

    A process of its own, so that the backend has no need of the cryptography before it pushes.
    """
    if os.path.lexists(path):
        return 0
    sys.stdout.write(f"Couldn't find '{path}'. Generating new private key.\n")
    try:
        line = KeyPair(path).public_line
    except BackendError as error:
        sys.stderr.write(f"Warning: {error.message}\n")
        return 1
    sys.stdout.write(f"Your new public key is: \n\n{line}\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
