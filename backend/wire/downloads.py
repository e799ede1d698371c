"""Bodies of `/puna/v1/downloads`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class NewDownload(Struct, kw_only=True):
    """`model` is what `/api/pull` takes: a registry's name, `hf.co/…` or `pip://…`. `insecure` allows plain HTTP."""

    model: str
    insecure: bool = False


class DownloadView(Struct, kw_only=True):
    """One download. `completed` and `total` are bytes of the whole model; `total` 0: not known yet.

    `model` is the name that the model has in the store, `source` what was asked for. `doing` is the present line of
    the pull. `rate` in bytes per second, `left` seconds, null while unknown. `reason` says why it failed or stalled,
    `retry_in` in how many seconds it is tried again; null while it is not waiting for that.
    """

    id: str
    model: str
    source: str
    state: str  # waiting | running | stalled | paused | failed | done
    doing: str
    completed: int
    total: int
    rate: float
    left: float | None
    reason: str
    retry_in: float | None


class DownloadList(Struct, kw_only=True):
    """The queue in its order, those that are done at its end."""

    downloads: list[DownloadView]


class Move(Struct, kw_only=True):
    """The new place in the queue, 0 at its head; beyond the end is the end."""

    position: Annotated[int, Meta(ge=0, le=2**53)]
