from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from backend.errors import ModelNotFound, StoreError
from backend.store import Digest, ModelName, Store
from tests.store.models import add, manifest_of

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600.0


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models")


def path_of(store: Store, *parts: str) -> Path:
    return store.root.joinpath("manifests", "registry.ollama.ai", "library", *parts)


def blob_count(store: Store) -> int:
    return len(list(store.blobs.folder.iterdir()))


def test_an_empty_store_has_no_models_and_is_not_created(store: Store) -> None:
    assert store.list() == []
    assert store.names() == []
    assert store.prune(0) == 0
    store.upgrade()
    assert not store.root.exists()
    with pytest.raises(ModelNotFound, match=r"^model 'foo:latest' not found$"):
        store.get(ModelName.parse("foo"))
    with pytest.raises(ModelNotFound, match=r"^model 'foo:latest' not found$"):
        store.delete(ModelName.parse("foo"))
    with pytest.raises(ModelNotFound):
        store.copy(ModelName.parse("foo"), ModelName.parse("bar"))


def test_a_written_model_is_found(store: Store) -> None:
    manifest = manifest_of(store, b"weights")
    model = store.write(ModelName.parse("hf.co/Me/Foo:Q4"), manifest)
    path = store.root / "manifests" / "hf.co" / "Me" / "Foo" / "Q4"
    assert path.read_bytes() == manifest.encode()
    assert model.digest == Digest.of(manifest.encode()).hex
    assert model.modified_at == path.stat().st_mtime
    assert model.size == manifest.size
    assert store.get(ModelName.parse("hf.co/Me/Foo:Q4")) == model
    assert store.list() == [model]
    assert path.stat().st_mode & 0o777 == 0o600
    assert {part.stat().st_mode & 0o777 for part in list(path.parents)[:5]} == {0o700}


@pytest.mark.section("E.2")
def test_a_pulled_manifest_is_kept_byte_for_byte(store: Store) -> None:
    data = manifest_of(store, b"w").encode().replace(b",", b" , \n")
    model = store.write(ModelName.parse("foo"), data)
    assert path_of(store, "foo", "latest").read_bytes() == data
    assert model.digest == Digest.of(data).hex


@pytest.mark.section("C", "M.23")
def test_a_name_is_found_whatever_its_case(store: Store) -> None:
    add(store, "Foo:V1", b"1")
    assert store.get(ModelName.parse("fOO:v1")).name == ModelName.parse("Foo:V1")
    assert add(store, "foo:v1", b"2") == ModelName.parse("Foo:V1")
    assert add(store, "FOO:other", b"2") == ModelName("Foo", "other")
    assert add(store, "LIBRARY/foo:x", b"2") == ModelName("Foo", "x")
    assert len(store.names()) == 3
    store.delete(ModelName.parse("foo:V1"))
    assert len(store.names()) == 2


def test_an_exact_name_is_preferred_to_one_of_another_case(store: Store) -> None:
    add(store, "foo:x", b"1")
    upper = path_of(store, "FOO")
    upper.mkdir()
    data = path_of(store, "foo", "x").read_bytes()
    (upper / "x").write_bytes(data)
    (upper / "only").write_bytes(data)
    assert store.resolve(ModelName.parse("FOO:x")) == ModelName("FOO", "x")
    assert store.resolve(ModelName.parse("foo:x")) == ModelName("foo", "x")
    assert store.resolve(ModelName.parse("foo:ONLY")) == ModelName("FOO", "only")


def test_the_list_is_newest_first_and_skips_what_cannot_be_read(store: Store) -> None:
    for number, name in enumerate(["b", "a", "c"]):
        add(store, name, name.encode())
        os.utime(path_of(store, name, "latest"), (1000 + number, 1000 + number))
    add(store, "bad", b"x")
    path_of(store, "bad", "latest").write_bytes(b"{")
    assert [model.name.model for model in store.list()] == ["c", "a", "b"]
    assert ModelName.parse("bad") in store.names()
    with pytest.raises(StoreError, match="the manifest cannot be read"):
        store.get(ModelName.parse("bad"))


def test_names_skip_what_is_no_model(store: Store, tmp_path: Path) -> None:
    add(store, "foo", b"x")
    manifests = store.root / "manifests"
    data = path_of(store, "foo", "latest").read_bytes()
    for odd in (".hidden", "a/b0", "a/b/c/d/e/f", "h/na.me/m/t", "h/n/m/.puna-1", "h/n/-m/t"):
        (manifests / odd).parent.mkdir(parents=True, exist_ok=True)
        (manifests / odd).write_bytes(data)
    outside = tmp_path / "outside"
    (outside / "m").mkdir(parents=True)
    (outside / "m" / "t").write_bytes(data)
    (manifests / "h" / "linked").symlink_to(outside)
    path_of(store, "foo", "link").symlink_to(outside / "m" / "t")
    assert store.names() == [ModelName.parse("foo")]


def test_links_in_the_place_of_a_model_are_not_followed(store: Store, tmp_path: Path) -> None:
    manifest = manifest_of(store, b"x")
    canary = tmp_path / "canary"
    canary.mkdir()
    host = store.root / "manifests" / "evil"
    host.parent.mkdir()
    host.symlink_to(canary)
    with pytest.raises(StoreError, match="a link stands in its place"):
        store.write(ModelName.parse("evil/n/m"), manifest)
    with pytest.raises(StoreError, match="a link stands in its place"):
        store.delete(ModelName.parse("evil/n/m"))
    assert list(canary.iterdir()) == []


def test_a_model_is_not_written_without_its_blobs(store: Store) -> None:
    manifest = manifest_of(store, b"x")
    store.blobs.remove(manifest.layers[0].digest)
    with pytest.raises(StoreError, match="is missing"):
        store.write(ModelName.parse("foo"), manifest)
    with pytest.raises(StoreError, match="the manifest cannot be read"):
        store.write(ModelName.parse("foo"), b"{}")
    assert store.names() == []


def test_the_revision_grows_with_every_change(store: Store) -> None:
    seen = [store.revision]
    name = add(store, "foo", b"1")
    seen.append(store.revision)
    store.copy(name, ModelName.parse("bar"))
    seen.append(store.revision)
    store.delete(name)
    seen.append(store.revision)
    store.list()
    assert seen == sorted(set(seen))
    assert store.revision == seen[-1]


def test_a_replaced_model_takes_its_unused_blobs_with_it(store: Store) -> None:
    old, shared = store.blobs.put(b"old"), store.blobs.put(b"shared")
    add(store, "other", b"shared")
    add(store, "foo", b"old", b"shared")
    add(store, "foo", b"new")
    assert store.blobs.size(old) is None
    assert store.blobs.size(shared) == 6


def test_noprune_keeps_them(tmp_path: Path) -> None:
    store = Store(tmp_path, noprune=True)
    add(store, "foo", b"old")
    add(store, "foo", b"new")
    assert store.blobs.size(Digest.of(b"old")) == 3
    assert store.prune(now=9e9) == 0


@pytest.mark.section("A.12")
def test_delete_keeps_the_blobs_that_others_need(store: Store) -> None:
    foo = add(store, "foo", b"shared", b"own")
    bar = add(store, "bar", b"shared")
    store.delete(foo)
    assert store.blobs.size(Digest.of(b"own")) is None
    assert store.blobs.size(Digest.of(b"shared")) == 6
    assert store.get(bar).config.model_family == "llama"
    assert not path_of(store, "foo").exists()
    store.delete(bar)
    assert blob_count(store) == 0
    assert list((store.root / "manifests").iterdir()) == []


def test_delete_keeps_every_blob_if_another_manifest_cannot_be_read(store: Store) -> None:
    foo = add(store, "foo", b"x")
    add(store, "bad", b"x")
    path_of(store, "bad", "latest").write_bytes(b"{")
    store.delete(foo)
    assert store.blobs.size(Digest.of(b"x")) == 1
    store.delete(ModelName.parse("bad"))
    assert store.names() == []
    store.prune(now=9e9)
    assert blob_count(store) == 0


def test_delete_leaves_held_blobs(store: Store) -> None:
    foo = add(store, "foo", b"x")
    with store.blobs.hold(Digest.of(b"x")):
        store.delete(foo)
        assert add(store, "bar", b"x") == ModelName.parse("bar")
    assert store.blobs.size(Digest.of(b"x")) == 1


def test_copies_share_blobs_and_overwrite(store: Store) -> None:
    foo = add(store, "foo", b"1")
    add(store, "Bar", b"2")
    store.copy(foo, ModelName.parse("bar"))
    copied = store.get(ModelName.parse("bar"))
    assert copied.name.model == "Bar"
    assert copied.digest == store.get(foo).digest
    assert store.blobs.size(Digest.of(b"2")) == 1
    revision = store.revision
    store.copy(foo, ModelName.parse("FOO"))
    assert store.revision == revision
    assert len(store.names()) == 2


def test_prune_removes_old_leftovers_only(store: Store) -> None:
    name = add(store, "foo", b"used")
    orphan = store.blobs.put(b"orphan")
    now = store.blobs.path(orphan).stat().st_mtime
    temporary = path_of(store, "foo", ".puna-0123456789abcdef")
    temporary.touch()
    empty = path_of(store, "empty", "deeper")
    empty.mkdir(parents=True)
    assert store.prune(now + HOUR / 2) == 0
    assert store.blobs.size(orphan) == 6
    assert not empty.parent.exists()
    assert store.prune(now + 2 * HOUR) == 2
    assert store.blobs.size(orphan) is None
    assert not temporary.exists()
    assert store.get(name).weights.read_bytes() == b"used"


@pytest.mark.parametrize("obstacle", ["corrupt", "link"])
def test_prune_does_nothing_if_it_cannot_see_every_model(store: Store, tmp_path: Path, obstacle: str) -> None:
    name = add(store, "foo", b"x")
    path = path_of(store, "foo", "latest")
    if obstacle == "corrupt":
        path.write_bytes(b"")
    else:
        path.rename(tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere")
    assert store.prune(now=9e9) == 0
    assert store.blobs.size(Digest.of(b"x")) == 1
    assert store.resolve(name) == name


@pytest.mark.parametrize("folder", [".", "blobs", "manifests"])
def test_a_store_that_everyone_may_write_is_refused(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / folder).chmod(0o777)
    with pytest.raises(StoreError, match="everyone may write"):
        Store(tmp_path)


def test_names_longer_than_the_file_system_allows(store: Store) -> None:
    name = ModelName("m", host="h" * 300)
    manifest = manifest_of(store, b"x")
    with pytest.raises(ModelNotFound):
        store.get(name)
    with pytest.raises(ModelNotFound):
        store.delete(name)
    with pytest.raises(StoreError, match="File name too long"):
        store.write(name, manifest)


def test_changes_by_other_programs_are_seen(store: Store) -> None:
    name = add(store, "foo", b"1")
    other = Store(store.root)
    assert other.get(name).weights_digest == Digest.of(b"1")
    add(store, "foo", b"2")
    assert other.get(name).weights_digest == Digest.of(b"2")
    store.delete(name)
    with pytest.raises(ModelNotFound):
        other.get(name)
