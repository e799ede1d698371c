"""The models of one store folder, laid out as Ollama does (the specification's section D)."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from backend.errors import BackendError, InvalidName, ModelNotFound, StoreError
from backend.files import TEMPORARY, disk_errors, make_private_folders, read_bounded, replace_file, sync_folder
from backend.store.blobs import Blobs
from backend.store.manifest import MANIFEST_LIMIT, Manifest
from backend.store.model import StoredModel
from backend.store.name import ModelName

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from backend.store.digest import Digest


class _Scan(NamedTuple):
    """`complete` is false if there may be models that `names` lacks: behind links, or in folders closed to us."""

    names: list[ModelName]
    complete: bool


class Store:
    """Models by name. Safe for use by several threads; other programs may change the folder at any time.

    Every method may raise `StoreError`: a full disk (507), a folder that may not be written, a damaged file.
    """

    def __init__(self, root: Path, *, noprune: bool = False) -> None:
        """Looks at `root` and changes nothing: folders are made by the first write.

        Raises `StoreError` if everyone may write there, because then anyone could plant a model.
        """
        self.root = root
        self.blobs = Blobs(root)
        self.revision = 0  # grows with each change of the list of models that this object makes
        self._manifests = root / "manifests"
        self._noprune = noprune
        self._lock = threading.RLock()
        self._known: dict[ModelName, tuple[tuple[int, ...], StoredModel]] = {}
        for folder in (root, self.blobs.folder, self._manifests):
            with disk_errors("look at the models folder"), suppress(FileNotFoundError):
                if folder.stat().st_mode & stat.S_IWOTH:
                    raise StoreError(f"everyone may write to {folder}: run `chmod o-w` on it, or set OLLAMA_MODELS")

    def names(self) -> list[ModelName]:
        """The models on disk, readable or not, in the order of their full names."""
        return self._scan().names

    def resolve(self, name: ModelName) -> ModelName:
        """The name in the spelling of an existing model if one differs in case alone.

        Of a new model, the leading parts (host, namespace, model) take the spelling that is in use.
        """
        wanted = (name.host, name.namespace, name.model, name.tag)
        with disk_errors("look for a model"):
            found = _spelling(self._manifests, wanted)
        host, namespace, model, tag = (*found, *wanted[len(found) :])
        return ModelName(model, tag, namespace, host, name.scheme)

    def get(self, name: ModelName) -> StoredModel:
        """The model, whatever the case of `name`. Raises `ModelNotFound`."""
        with self._lock:
            return self._load(self.resolve(name))

    def manifest_bytes(self, name: ModelName) -> bytes:
        """The model's manifest as it is on disk. Raises `ModelNotFound`."""
        return self._read(self.resolve(name))

    def list(self) -> list[StoredModel]:
        """All models whose manifest can be read, newest first."""
        models = []
        with self._lock:
            for name in self.names():
                with suppress(BackendError):
                    models.append(self._load(name))
        return sorted(models, key=lambda model: (-model.modified_at, model.name.full))

    def write(self, name: ModelName, manifest: Manifest | bytes) -> StoredModel:
        """Makes `name` mean `manifest`, durably; bytes of a registry are kept as they are.

        The blobs come first: raises `StoreError` if one is missing. Blobs of the model that `name` meant before go
        if no other model needs them.
        """
        data = manifest if isinstance(manifest, bytes) else manifest.encode()
        digests = Manifest.parse(data).digests
        with self._lock:
            for digest in sorted(digests):
                if not self.blobs.touch(digest):
                    raise StoreError(f"cannot write model '{name}': blob {digest} is missing")
            name = self.resolve(name)
            before = self._digests(name)
            self._replace(name, data)
            if not self._noprune:
                self.remove_unused(before - digests)
            return self._load(name)

    def copy(self, source: ModelName, destination: ModelName) -> None:
        """Makes `destination` the same model. A name that differs from `source` in case alone changes nothing.

        Raises `ModelNotFound` for the source. Blobs of a model that is overwritten stay until the next prune.
        """
        with self._lock:
            source, destination = self.get(source).name, self.resolve(destination)
            if source != destination:
                self._replace(destination, self._read(source))

    def delete(self, name: ModelName) -> None:
        """Removes the model, and its blobs that no other model needs. Raises `ModelNotFound`.

        A model whose manifest is damaged can be deleted too; its blobs are left to prune.
        """
        with self._lock:
            name = self.resolve(name)
            path = self._path(name)
            if not os.path.isfile(path):
                raise _not_found(name)
            digests = self._digests(name)
            with disk_errors(f"delete model '{name}'"):
                path.unlink()
                self.revision += 1
                self._known.pop(name, None)
                sync_folder(path.parent)
            for folder in list(path.parents)[:3]:
                with suppress(OSError):  # not empty
                    folder.rmdir()
            self.remove_unused(digests)

    def upgrade(self) -> None:
        """Renames the `sha256:<hex>` blobs of old stores; to be called once at the start of the backend."""
        self.blobs.upgrade()

    def prune(self, now: float, min_age_s: float = 3600.0) -> int:
        """Removes what no model needs and nothing changed for `min_age_s`: blobs, temporary files, empty folders.

        `now` is in unix seconds. Returns the number of files removed. Nothing is removed if a manifest cannot be
        read or may be hidden behind a link, nor under OLLAMA_NOPRUNE. Downloads that can be resumed stay.
        """
        if self._noprune:
            return 0
        with self._lock:
            used = self.used()
            if used is None:
                return 0
            return _sweep(self._manifests, now - min_age_s) + self.blobs.prune(used, now - min_age_s)

    def _scan(self) -> _Scan:
        names: list[ModelName] = []
        complete = _collect(self._manifests, (), names)
        return _Scan(sorted(names, key=lambda name: name.full), complete)

    def _path(self, name: ModelName) -> Path:
        """The manifest's file. Raises `StoreError` if a folder on the way to it is a link out of the store."""
        path = self._manifests / name.host / name.namespace / name.model / name.tag
        if any(os.path.islink(part) for part in (path, *list(path.parents)[:3])):
            raise StoreError(f"cannot use model '{name}': a link stands in its place in the store")
        return path

    def _read(self, name: ModelName) -> bytes:
        path = self._path(name)
        with disk_errors(f"read the manifest of '{name}'"):
            try:
                return read_bounded(path, MANIFEST_LIMIT)
            except FileNotFoundError:
                raise _not_found(name) from None

    def _load(self, name: ModelName) -> StoredModel:
        """The model with exactly this name, read again only if its file changed."""
        path = self._path(name)
        try:
            status = path.stat()
        except OSError:
            raise _not_found(name) from None
        version = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        known = self._known.get(name)
        if known is not None and known[0] == version:
            return known[1]
        data = self._read(name)
        digest = hashlib.sha256(data).hexdigest()
        model = StoredModel(name, Manifest.parse(data), digest, status.st_mtime, self.blobs)
        self._known[name] = version, model
        return model

    def _digests(self, name: ModelName) -> frozenset[Digest]:
        """The blobs of the model; none if there is no such model or its manifest is damaged."""
        try:
            return self._load(name).manifest.digests
        except (ModelNotFound, StoreError):
            return frozenset()

    def _replace(self, name: ModelName, data: bytes) -> None:
        path = self._path(name)
        with disk_errors(f"write model '{name}'"):
            make_private_folders(path.parent)
            try:
                replace_file(path, data)
            finally:  # the new one may be there although it is not yet durable
                self.revision += 1

    def used(self) -> set[Digest] | None:
        """The blobs that models need; `None` if that cannot be told, because a manifest cannot be read."""
        names, complete = self._scan()
        used: set[Digest] = set()
        if not complete:
            return None
        for name in names:
            try:
                used |= self._load(name).manifest.digests
            except ModelNotFound:
                continue
            except StoreError:
                return None
        return used

    def remove_unused(self, digests: Collection[Digest]) -> None:
        """Removes these blobs as far as no model needs them and nobody holds them."""
        with self._lock:
            used = self.used() if digests else None
            if used is not None:
                self.blobs.remove_unheld(set(digests) - used)


def _collect(folder: Path, parts: tuple[str, ...], names: list[ModelName]) -> bool:
    """Adds the models below a folder of the manifests to `names`; returns `_Scan.complete`."""
    complete = True
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_symlink():
                    complete = False
                elif len(parts) == 3 and entry.is_file():
                    host, namespace, model = parts
                    with suppress(InvalidName):
                        names.append(ModelName(model, entry.name, namespace, host))
                elif len(parts) < 3 and entry.is_dir():
                    complete &= _collect(folder / entry.name, (*parts, entry.name), names)
    except FileNotFoundError:
        return complete
    except OSError:
        return False
    return complete


def _sweep(folder: Path, before: float) -> int:
    """Removes temporary files older than `before` and empty folders below the manifests; returns the number of files.

    Where another program is faster, or the folder may not be written, things stay for the next time.
    """
    removed = 0
    for path, folders, files in os.walk(folder, topdown=False):
        for file in files:
            temporary = os.path.join(path, file)
            with suppress(OSError):
                if file.startswith(TEMPORARY) and os.lstat(temporary).st_mtime < before:
                    os.unlink(temporary)
                    removed += 1
        for empty in folders:
            with suppress(OSError):
                os.rmdir(os.path.join(path, empty))
    return removed


def _spelling(folder: Path, wanted: Sequence[str]) -> list[str]:
    """The longest run of entries below `folder` that match `wanted` but for case; exact matches are preferred."""
    best: list[str] = []
    if not wanted or not folder.is_dir():
        return best
    with os.scandir(folder) as entries:
        alike = [entry for entry in entries if entry.name.lower() == wanted[0].lower() and not entry.is_symlink()]
    for entry in sorted(alike, key=lambda entry: (entry.name != wanted[0], entry.name)):
        found = [entry.name, *_spelling(folder / entry.name, wanted[1:])]
        if len(found) > len(best):
            best = found
    return best


def _not_found(name: ModelName) -> ModelNotFound:
    return ModelNotFound(f"model '{name}' not found")
