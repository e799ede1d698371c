from __future__ import annotations

import pytest

from backend.address import Address, parse_host
from backend.errors import SettingsError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("box", Address("box")),
        ("box:8080", Address("box", 8080)),
        ("https://box.example", Address("box.example", 443, "https")),
        ("http://10.0.0.7:11434", Address("10.0.0.7")),
        ("[::1]:8080", Address("::1", 8080)),
        ("unix:/run/puna.sock", Address("/run/puna.sock", 0, "unix")),
        ("unix:///run/puna.sock", Address("/run/puna.sock", 0, "unix")),
    ],
)
def test_a_user_s_host_is_read(text: str, address: Address) -> None:
    assert parse_host(text) == address


@pytest.mark.parametrize(
    "text", ["", "ftp://box", "unix:", "box:99999", "box:x", "http://", "me@box", "a b", "box\x1b"]
)
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        parse_host(text)


def test_a_socket_of_another_machine_is_never_started() -> None:
    address = parse_host("unix:/run/puna.sock")
    assert address.url == "unix:/run/puna.sock"
    assert not address.is_loopback
