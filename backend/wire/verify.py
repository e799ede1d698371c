"""Bodies of `/puna/v1/verify`."""

from __future__ import annotations

from msgspec import Struct


class VerifyRequest(Struct, kw_only=True, omit_defaults=True):
    """`model`: empty for the whole store. `repair`: fetch damaged blobs again from the registries of their models."""

    model: str = ""
    repair: bool = False


class FindingView(Struct, kw_only=True):
    """What is wrong with one file. Sizes in bytes, `expected` by the manifests of `models`, which need it.

    `damage` is false for what only takes room. `repaired`: a good one has taken its place; `failure`: why it could not
    be repaired, if that was tried.
    """

    fault: str  # manifest | missing | size | digest | unreadable | orphan | partial
    file: str  # in the folder of the blobs; with `manifest` the model
    text: str
    size: int
    expected: int
    models: list[str]
    damage: bool
    repaired: bool = False
    failure: str = ""


class VerifyLine(Struct, kw_only=True):
    """How far it is, and what was found since the line before, if anything was.

    `completed` and `total` are bytes, while `doing` is "repairing" those of the blob that is fetched. The last line
    has `done`.
    """

    doing: str  # verifying | repairing
    completed: int
    total: int
    blobs: int  # checked
    models: int
    finding: FindingView | None = None
    done: bool = False
