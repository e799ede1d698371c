from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import InvalidDigest
from backend.store import Digest

HEX = "0123456789abcdef" * 4


@given(st.text("0123456789abcdef", min_size=64, max_size=64), st.sampled_from(":-"))
def test_text_and_file_name_are_read_back(digits: str, separator: str) -> None:
    digest = Digest.parse(f"sha256{separator}{digits}")
    assert digest.hex == digits
    assert Digest.parse(str(digest)) == Digest.parse(digest.filename) == digest
    assert digest.short == digits[:12]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256:",
        HEX,
        f"sha256:{HEX[:-1]}",
        f"sha256:{HEX}0",
        f"sha256:{HEX.upper()}",
        f"sha256:{HEX}\n",
        f" sha256:{HEX}",
        f"sha256:{HEX[:-1]}\0",
        f"sha256:{HEX[:-3]}%2e",
        f"sha512:{HEX}",
        f"SHA256:{HEX}",
        f"sha256_{HEX}",
        f"sha256--{HEX}",
        "sha256:../../../../etc/passwd",
        "sha256:" + "../" * 21 + "x",
        "sha256:" + "\u0660" * 64,
        5,
        None,
        True,
        [f"sha256:{HEX}"],
        f"sha256:{HEX}".encode(),
    ],
)
def test_anything_else_is_invalid(text: object) -> None:
    with pytest.raises(InvalidDigest, match=r"^invalid digest format$"):
        Digest.parse(text)


@given(st.text())
def test_no_text_makes_another_file_name(text: str) -> None:
    try:
        digest = Digest.parse(text)
    except InvalidDigest:
        return
    assert digest.filename == f"sha256-{text[7:]}"


def test_the_type_itself_holds_nothing_else() -> None:
    with pytest.raises(InvalidDigest):
        Digest("../x")


def test_digest_of_bytes() -> None:
    assert str(Digest.of(b"abc")) == f"sha256:{hashlib.sha256(b'abc').hexdigest()}"
