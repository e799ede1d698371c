"""Content-addressed blobs in the folder `blobs` of a store (the specification's section D)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType

    from backend.store.digest import Digest


class BlobWriter:
    """A blob being written; a context manager. Leaving it without `commit` removes what was written."""

    def __enter__(self) -> BlobWriter:
        raise NotImplementedError

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        raise NotImplementedError

    def write(self, data: bytes) -> None:
        raise NotImplementedError

    def commit(self, expected: Digest | None = None) -> Digest:
        """Makes the blob durable under its digest. Raises `DigestMismatch` if it is not the `expected` one."""
        raise NotImplementedError


class Blobs:
    def __init__(self, root: Path) -> None:
        raise NotImplementedError

    def path(self, digest: Digest) -> Path:
        """Where the blob lies or would lie; says nothing about its existence."""
        raise NotImplementedError

    def size(self, digest: Digest) -> int | None:
        """Bytes of the blob; `None` if it is missing or no regular file."""
        raise NotImplementedError

    def touch(self, digest: Digest) -> bool:
        """Refreshes the blob's age, because a new manifest is about to mention it; false if there is none."""
        raise NotImplementedError

    def read(self, digest: Digest, limit: int) -> bytes:
        """A small blob's bytes. Raises `StoreError` if it is missing or longer than `limit`."""
        raise NotImplementedError

    def writer(self) -> BlobWriter:
        raise NotImplementedError

    def put(self, data: bytes) -> Digest:
        raise NotImplementedError

    def remove(self, digest: Digest) -> None:
        """Removes the blob if there is one."""
        raise NotImplementedError

    def hold(self, *digests: Digest) -> AbstractContextManager[None]:
        """Within the block, delete and prune leave these blobs alone: a pull or create is going to mention them."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[Digest]:
        raise NotImplementedError
