"""The SHA-256 digest that names a blob."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from backend.errors import InvalidDigest

_TEXT = re.compile(r"sha256[:-]([0-9a-f]{64})")
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """64 lower-case hexadecimal digits; no other value can exist, so that a digest is always a safe file name."""

    hex: str

    def __post_init__(self) -> None:
        if not _HEX.fullmatch(self.hex):
            raise InvalidDigest("invalid digest format")

    @classmethod
    def parse(cls, text: object) -> Digest:
        """Reads `sha256:<hex>` and `sha256-<hex>`; raises `InvalidDigest` for anything else, texts or not."""
        match = _TEXT.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise InvalidDigest("invalid digest format")
        return cls(match[1])

    @classmethod
    def of(cls, data: bytes) -> Digest:
        """The digest of `data`."""
        return cls(hashlib.sha256(data).hexdigest())

    def __str__(self) -> str:
        return f"sha256:{self.hex}"

    @property
    def filename(self) -> str:
        """The blob's name in the folder `blobs` (specification, section D)."""
        return f"sha256-{self.hex}"

    @property
    def short(self) -> str:
        """The first 12 digits, as lists and progress lines show them."""
        return self.hex[:12]
