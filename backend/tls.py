"""The certificate that the backend shows."""

from __future__ import annotations

import os
import ssl
import stat
from pathlib import Path

from backend.errors import SettingsError


def server_context(certificate: Path, key: Path) -> ssl.SSLContext | None:
    """TLS by the two PEM files; none if neither is given. Raises `SettingsError`."""
    if certificate == Path() and key == Path():
        return None
    if Path() in (certificate, key):
        raise SettingsError("TLS needs both PUNA_TLS_CERTIFICATE and PUNA_TLS_KEY")
    for path in (certificate, key):
        if not os.access(path, os.R_OK):
            raise SettingsError(f"{path} cannot be read; PUNA_TLS_CERTIFICATE and PUNA_TLS_KEY name two PEM files")
    if stat.S_IMODE(key.stat().st_mode) & 0o007:
        raise SettingsError(f"everybody can read the private key {key}; run: chmod 600 {key}")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)  # TLS 1.2 and later
    try:
        context.load_cert_chain(certificate, key, password="")  # none: it would be asked for on a terminal
    except (ssl.SSLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise SettingsError(
            f"{certificate} and {key} are no certificate and its private key without a passphrase ({reason})"
        ) from error
    context.set_alpn_protocols(["http/1.1"])
    return context
