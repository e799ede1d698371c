"""Settings: defaults < file < environment < flags."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backend.address import Address
from backend.duration import FOREVER
from backend.errors import SettingsError
from backend.settings import Settings, load, names


def read(tmp_path: Path, config: str = "", **environ: str) -> Settings:
    """Settings of a user whose home is the test's folder and whose configuration file says `config`."""
    file = tmp_path / ".config" / "puna" / "config.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(config)
    return load({"HOME": str(tmp_path), **environ})


def test_the_defaults(tmp_path: Path) -> None:
    assert load({"HOME": str(tmp_path)}) == Settings(
        config=tmp_path / ".config" / "puna",
        models=tmp_path / ".ollama" / "models",
        registry_key=tmp_path / ".ollama" / "id_ed25519",
        state=tmp_path / ".local" / "state" / "puna",
        socket=tmp_path / ".local" / "state" / "puna" / "api.sock",
    )


def test_each_source_wins_over_the_one_before(tmp_path: Path) -> None:
    config = (
        'max_queue = 1\nnum_parallel = 2\ntheme = "file"\norigins = ["http://a.example", "app://b"]\nnoprune = true'
    )
    settings = read(tmp_path, config, OLLAMA_NUM_PARALLEL="3", PUNA_THEME="environment")
    assert (settings.max_queue, settings.num_parallel, settings.theme) == (1, 3, "environment")
    assert (settings.origins, settings.noprune) == (("http://a.example", "app://b"), True)
    flagged = load({"HOME": str(tmp_path), "PUNA_THEME": "environment"}, theme="flag", max_queue=None)
    assert (flagged.theme, flagged.max_queue) == ("flag", 1)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("example.com", "http://example.com:11434"),
        (":8080", "http://127.0.0.1:8080"),
        ("10.0.0.1", "http://10.0.0.1:11434"),
        ("http://example.com", "http://example.com:80"),
        ("https://example.com/path", "https://example.com:443"),
        ("http://example.com:8080/", "http://example.com:8080"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("[::1]", "http://[::1]:11434"),
        ("::1", "http://[::1]:11434"),
        ("localhost:99999", "http://localhost:11434"),
        ("localhost:x", "http://localhost:11434"),
        (' "localhost" ', "http://localhost:11434"),
        ("", "http://127.0.0.1:11434"),
    ],
)
def test_the_address_is_read_as_ollama_does(text: str, url: str) -> None:
    # A short home, for the socket's path has a limit; nothing is read or written there.
    assert load({"HOME": "/home/gill", "OLLAMA_HOST": text}).address.url == url


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        *(("127.0.0.1", True), ("127.9.9.9", True), ("localhost", True), ("::1", True)),
        *(("0.0.0.0", False), ("::", False), ("192.168.0.1", False), ("127.example.com", False), ("box", False)),  # noqa: S104
    ],
)
def test_which_addresses_are_this_machine_alone(host: str, loopback: bool) -> None:
    assert Address(host=host).is_loopback is loopback


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("OLLAMA_KEEP_ALIVE", "10m", "keep_alive", 600.0),
        ("OLLAMA_KEEP_ALIVE", "90", "keep_alive", 90.0),
        ("OLLAMA_KEEP_ALIVE", "-1", "keep_alive", FOREVER),
        ("OLLAMA_KEEP_ALIVE", "'5m'", "keep_alive", 300.0),
        ("OLLAMA_LOAD_TIMEOUT", "30", "load_timeout", 30.0),
        ("OLLAMA_LOAD_TIMEOUT", "1m", "load_timeout", 60.0),
        ("OLLAMA_LOAD_TIMEOUT", "-1", "load_timeout", -1.0),
        ("OLLAMA_CONTEXT_LENGTH", "8192", "context_length", 8192),
        ("OLLAMA_MAX_QUEUE", "1", "max_queue", 1),
        ("OLLAMA_DEBUG", "1", "debug", 1),
        ("OLLAMA_DEBUG", "2", "debug", 2),
        ("OLLAMA_DEBUG", "false", "debug", 0),
        ("OLLAMA_DEBUG", "yes", "debug", 1),
        ("OLLAMA_FLASH_ATTENTION", "1", "flash_attention", "on"),
        ("OLLAMA_FLASH_ATTENTION", "false", "flash_attention", "off"),
        ("OLLAMA_KV_CACHE_TYPE", "q8_0", "kv_cache_type", "q8_0"),
        ("OLLAMA_NOPRUNE", "anything", "noprune", True),
        ("OLLAMA_NOPRUNE", "0", "noprune", False),
        ("OLLAMA_ORIGINS", "http://a, *.b,,app://c", "origins", ("http://a", "*.b", "app://c")),
        ("OLLAMA_MODELS", "/srv/models", "models", Path("/srv/models")),
    ],
)
def test_variables_are_read(tmp_path: Path, variable: str, text: str, field: str, value: Any) -> None:
    assert getattr(read(tmp_path, **{variable: text}), field) == value


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        *(("OLLAMA_MAX_QUEUE", text) for text in ("many", "-1", "1.5")),
        *(("OLLAMA_NUM_PARALLEL", "-1"), ("OLLAMA_CONTEXT_LENGTH", "4k"), ("OLLAMA_KEEP_ALIVE", "soon")),
        *(("OLLAMA_LOAD_TIMEOUT", "5x"), ("OLLAMA_KV_CACHE_TYPE", "q3"), ("OLLAMA_HOST", "http://[::1")),
        *(("OLLAMA_ORIGINS", text) for text in ("a.example", "http://a,ftp://b", "http://*.*", "null")),
    ],
)
def test_a_value_that_cannot_be_read_names_its_setting(tmp_path: Path, variable: str, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, **{variable: text})
    assert str(caught.value).startswith(f"{variable} is {text!r}, which cannot be read: ")


def test_an_unknown_setting_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"unknown setting PUNA_SOKET; did you mean PUNA_SOCKET\?"):
        read(tmp_path, PUNA_SOKET="x")
    with pytest.raises(SettingsError, match=r"unknown key 'keepalive' in .*; did you mean keep_alive\?"):
        read(tmp_path, "keepalive = 5")
    assert read(tmp_path, OLLAMA_FUTURE="x") == read(tmp_path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot read .*config\.toml"):
        read(tmp_path, "max_queue =")
    with pytest.raises(SettingsError, match="key 'max_queue' of the configuration file is 'x'"):
        read(tmp_path, 'max_queue = "x"')


def test_the_file_can_lie_elsewhere(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("max_queue = 7")
    assert load({"HOME": str(tmp_path), "PUNA_CONFIG": str(file)}).max_queue == 7
    (tmp_path / "xdg" / "puna").mkdir(parents=True)
    file.rename(tmp_path / "xdg" / "puna" / "config.toml")
    assert load({"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "xdg")}).max_queue == 7


def test_where_state_and_socket_lie(tmp_path: Path) -> None:
    def sockets(**environ: str) -> Path:
        return read(tmp_path, **environ).socket

    assert sockets(XDG_RUNTIME_DIR="/run/user/7") == Path("/run/user/7/puna/api.sock")
    assert sockets(OLLAMA_HOST=":8080", XDG_RUNTIME_DIR="/run/user/7") == Path("/run/user/7/puna/api-8080.sock")
    assert sockets(XDG_STATE_HOME="/var/s") == Path("/var/s/puna/api.sock")
    assert sockets(PUNA_SOCKET="/tmp/x.sock", XDG_RUNTIME_DIR="/run/user/7") == Path("/tmp/x.sock")
    settings = read(tmp_path, PUNA_STATE="/var/state")
    assert (settings.log_file, settings.socket) == (Path("/var/state/backend.log"), Path("/var/state/api.sock"))


def test_a_socket_path_that_is_too_long_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="set PUNA_SOCKET"):
        read(tmp_path, PUNA_SOCKET="/" + "x" * 100)


def test_every_field_can_be_set_in_the_file(tmp_path: Path) -> None:
    for name in names():
        with pytest.raises(SettingsError, match=f"did you mean {name}"):
            read(tmp_path, f"{name}_ = 1")


def test_the_editor_is_ollamas_then_that_of_the_shell() -> None:
    assert load({"HOME": "/h", "EDITOR": "nano"}).editor == "nano"
    assert load({"HOME": "/h", "EDITOR": "nano", "VISUAL": "vim"}).editor == "vim"
    assert load({"HOME": "/h", "VISUAL": "vim", "OLLAMA_EDITOR": "code -w"}).editor == "code -w"


def test_the_prompts_keys_are_emacs_or_vims() -> None:
    assert load({"HOME": "/h", "PUNA_PROMPT_KEYS": "vim"}).prompt_keys == "vim"
    with pytest.raises(SettingsError, match="known keys are emacs and vim"):
        load({"HOME": "/h", "PUNA_PROMPT_KEYS": "nano"})


def test_a_secret_stays_out_of_the_file_and_of_what_is_printed(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="use key_file"):
        read(tmp_path, 'key = "pk-0123"')
    settings = read(tmp_path, PUNA_KEY="pk-0123")
    assert settings.key == "pk-0123"
    assert "pk-0123" not in repr(settings)
