"""Keys: what is kept of them, and who is let in by them."""

from __future__ import annotations

import hashlib
import stat
import threading
from typing import TYPE_CHECKING

import orjson
import pytest

from backend.errors import BadRequest, NotFound, StoreError
from backend.keys import FILE_NAME, MOST, Keyring, Scope

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "state")


def test_a_key_has_256_bits_and_only_its_sum_is_kept(keyring: Keyring, tmp_path: Path) -> None:
    key, text = keyring.create("laptop", [Scope.READ])
    assert text.startswith("puna_")
    assert len(text.removeprefix("puna_")) * 6 >= 256
    assert keyring.create("other", [Scope.READ])[1] != text
    file = tmp_path / "state" / FILE_NAME
    assert text not in file.read_text()
    assert orjson.loads(file.read_bytes())[0]["hash"] == hashlib.sha256(text.encode()).hexdigest() == key.hash
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_key_is_found_by_its_text_alone(keyring: Keyring) -> None:
    made = [keyring.create(f"k{number}", [Scope.INFER]) for number in range(3)]
    for key, text in made:
        assert keyring.find(text) == key
        for wrong in (text[:-1], text + "x", text.swapcase(), key.hash, key.name, "", "x" * 10_000, "\udcff"):
            assert keyring.find(wrong) is None


def test_every_key_is_compared_whatever_the_first_ones_say(keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    text = keyring.create("first", [Scope.READ])[1]
    keyring.create("second", [Scope.READ])
    compared = []

    def compare(kept: str, shown: str) -> bool:
        compared.append(kept)
        return kept == shown

    monkeypatch.setattr("hmac.compare_digest", compare)
    assert keyring.find(text) is not None
    assert len(compared) == 2


def test_a_scope_opens_itself_and_admin_all(keyring: Keyring) -> None:
    opened = {
        scope: [other for other in Scope if key.opens(other)]
        for scope in Scope
        for key, _ in [keyring.create(f"of-{scope}", [scope])]
    }
    assert opened == {Scope.READ: [Scope.READ], Scope.INFER: [Scope.INFER], Scope.ADMIN: list(Scope)}


def test_a_revoked_key_opens_nothing_in_a_backend_that_runs(keyring: Keyring, tmp_path: Path) -> None:
    text = keyring.create("laptop", [Scope.READ])[1]
    other = Keyring(tmp_path / "state")
    assert other.find(text) is not None
    keyring.revoke("laptop")
    assert other.find(text) is None
    with pytest.raises(NotFound, match="no key 'laptop'"):
        other.revoke("laptop")


@pytest.mark.parametrize("name", ["", "../x", ".x", "a b", "x" * 41, "a\n", "é"])
def test_a_name_that_is_none_is_refused(keyring: Keyring, name: str) -> None:
    with pytest.raises(BadRequest, match="no name of a key"):
        keyring.create(name, [Scope.READ])


def test_what_cannot_be_made_says_why(keyring: Keyring) -> None:
    keyring.create("laptop", [Scope.READ])
    with pytest.raises(BadRequest, match="there is a key 'laptop' already"):
        keyring.create("laptop", [Scope.READ])
    with pytest.raises(BadRequest, match="needs a scope: read, infer, admin"):
        keyring.create("none", [])


def test_there_are_not_too_many(keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST == 256
    monkeypatch.setattr("backend.keys.MOST", 1)
    keyring.create("first", [Scope.READ])
    with pytest.raises(BadRequest, match="revoke one first"):
        keyring.create("second", [Scope.READ])


@pytest.mark.parametrize(
    ("data", "mode", "said"),
    [
        (b"[]", 0o644, "open to others; chmod 600"),
        (b"{", 0o600, "damaged"),
        (b'[{"name":"x"}]', 0o600, "damaged"),
        (b"\xff\xff", 0o600, "damaged"),
    ],
)
def test_a_file_that_cannot_be_trusted_lets_nobody_in(
    keyring: Keyring, tmp_path: Path, data: bytes, mode: int, said: str
) -> None:
    text = keyring.create("laptop", [Scope.READ])[1]
    file = tmp_path / "state" / FILE_NAME
    file.write_bytes(data)
    file.chmod(mode)
    with pytest.raises(StoreError, match=said):
        keyring.find(text)


def test_a_link_in_place_of_the_file_is_not_followed(keyring: Keyring, tmp_path: Path) -> None:
    keyring.create("laptop", [Scope.READ])
    file = tmp_path / "state" / FILE_NAME
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="cannot be read"):
        keyring.list()


def test_changes_of_many_at_once_lose_no_key(tmp_path: Path) -> None:
    def make(number: int) -> None:
        Keyring(tmp_path / "state").create(f"k{number}", [Scope.READ])

    threads = [threading.Thread(target=make, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {key.name for key in Keyring(tmp_path / "state").list()} == {f"k{number}" for number in range(8)}
