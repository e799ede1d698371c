"""Settings of backend and terminal: defaults < file < environment < flags, read in this module alone.

Ollama's variables keep their names and meaning (the specification's section J); what Ollama lacks is `PUNA_*`.
The file is `config.toml` in the user's configuration folder, its keys are the field names below; `PUNA_CONFIG` names
another. The folder of that file also holds the user's keys, themes and connections.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from backend.address import DEFAULT_PORT, Address, parse_address, parse_hosts
from backend.duration import parse_duration, parse_keep_alive
from backend.errors import BadRequest, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SOCKET_PATH_LIMIT = 100  # bytes; Linux allows 107, macOS 103
_ORIGIN_SCHEMES = tuple(
    f"{scheme}://"
    for scheme in (
        *("http", "https", "chrome-extension", "safari-extension", "moz-extension", "ms-browser-extension"),
        *("app", "file", "tauri", "vscode-webview", "vscode-file"),
    )
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. Times are seconds, sizes bytes; 0 means "chosen by the program" unless said."""

    address: Address = Address()  # noqa: RUF009 # it is frozen
    socket: Path = Path()
    models: Path = Path()
    state: Path = Path()
    keep_alive: float = 300.0
    context_length: int = 0
    num_parallel: int = 0
    max_loaded_models: int = 0
    max_queue: int = 512
    load_timeout: float = 300.0
    origins: tuple[str, ...] = ()
    debug: int = 0
    flash_attention: str = "auto"
    kv_cache_type: str = ""
    noprune: bool = False
    sched_spread: bool = False
    gpu_overhead: int = 0
    go_template: bool | None = None
    share: bool = False
    llama_server: Path | None = None
    max_downloads: int = 1
    registry_key: Path = Path()
    theme: str = ""
    low_bandwidth: str = "auto"
    editor: str = ""
    prompt_keys: str = "emacs"
    nohistory: bool = False
    ascii_only: bool | None = None
    config: Path = Path()
    key: str = field(default="", repr=False)
    key_file: Path = Path()
    require_key: bool = False
    socket_only: bool = False
    insecure_plaintext: bool = False
    tls_certificate: Path = Path()
    tls_key: Path = Path()
    hosts: tuple[str, ...] = ()

    @property
    def history_file(self) -> Path | None:
        """What was written in the prompts of the app and of `puna run`; none without a state folder."""
        return None if self.state == Path() else self.state / "prompt-history.jsonl"

    @property
    def log_file(self) -> Path:
        return self.state / "backend.log"

    def at(self, address: Address) -> Settings:
        """The settings with which another backend is reached. The socket of one port leads to no other port."""
        same = address.port == self.address.port
        return replace(self, address=address, socket=self.socket if same else self.socket.parent / _socket(address))


def _parse_count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError("it must not be negative")
    return number


def _parse_bool(text: str) -> bool:
    return text.lower() not in {"0", "f", "false"}


def _parse_debug(text: str) -> int:
    return int(text) if text.isdecimal() else int(_parse_bool(text))


def _parse_timeout(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return parse_duration(text)


def _parse_keep_alive(text: str) -> float:
    try:
        return parse_keep_alive(float(text))
    except ValueError:
        return parse_keep_alive(text)


def _parse_switch(text: str) -> str:
    if text == "auto":
        return text
    return "on" if _parse_bool(text) else "off"


def _parse_list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _parse_origins(text: str) -> tuple[str, ...]:
    """As Ollama, which refuses to start with an origin that no browser has (the specification's section K)."""
    for origin in _parse_list(text):
        if origin.count("*") > 1:
            raise ValueError(f"{origin!r} has more than one *")
        if "*" not in origin and not origin.startswith(_ORIGIN_SCHEMES):
            raise ValueError(
                f"{origin!r} does not begin with http://, https:// or another scheme of a browser or an app"
            )
    return _parse_list(text)


def _parse_path(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _parse_program(text: str) -> Path:
    return _parse_path(shutil.which(text) or text)


def _parse_cache_type(text: str) -> str:
    if text not in {"f16", "q8_0", "q4_0", "bf16", "f32"}:
        raise ValueError("known types are f16, q8_0, q4_0, bf16 and f32")
    return text


def _parse_prompt_keys(text: str) -> str:
    if text not in {"emacs", "vim"}:
        raise ValueError("known keys are emacs and vim")
    return text


# Field → (environment variable, parser of its text).
_VARIABLES: dict[str, tuple[str, Callable[[str], object]]] = {
    "address": ("OLLAMA_HOST", parse_address),
    "socket": ("PUNA_SOCKET", _parse_path),
    "models": ("OLLAMA_MODELS", _parse_path),
    "state": ("PUNA_STATE", _parse_path),
    "keep_alive": ("OLLAMA_KEEP_ALIVE", _parse_keep_alive),
    "context_length": ("OLLAMA_CONTEXT_LENGTH", _parse_count),
    "num_parallel": ("OLLAMA_NUM_PARALLEL", _parse_count),
    "max_loaded_models": ("OLLAMA_MAX_LOADED_MODELS", _parse_count),
    "max_queue": ("OLLAMA_MAX_QUEUE", _parse_count),
    "load_timeout": ("OLLAMA_LOAD_TIMEOUT", _parse_timeout),
    "origins": ("OLLAMA_ORIGINS", _parse_origins),
    "debug": ("OLLAMA_DEBUG", _parse_debug),
    "flash_attention": ("OLLAMA_FLASH_ATTENTION", _parse_switch),
    "kv_cache_type": ("OLLAMA_KV_CACHE_TYPE", _parse_cache_type),
    "go_template": ("OLLAMA_GO_TEMPLATE", _parse_bool),
    "noprune": ("OLLAMA_NOPRUNE", _parse_bool),
    "sched_spread": ("OLLAMA_SCHED_SPREAD", _parse_bool),
    "gpu_overhead": ("OLLAMA_GPU_OVERHEAD", _parse_count),
    "share": ("PUNA_SHARE", _parse_bool),
    "llama_server": ("PUNA_LLAMA_SERVER", _parse_program),
    "max_downloads": ("PUNA_MAX_DOWNLOADS", _parse_count),
    "registry_key": ("PUNA_REGISTRY_KEY", _parse_path),
    "theme": ("PUNA_THEME", str),
    "low_bandwidth": ("PUNA_LOW_BANDWIDTH", _parse_switch),
    "editor": ("OLLAMA_EDITOR", str),
    "prompt_keys": ("PUNA_PROMPT_KEYS", _parse_prompt_keys),
    "nohistory": ("OLLAMA_NOHISTORY", _parse_bool),
    "ascii_only": ("PUNA_ASCII", _parse_bool),
    "key": ("PUNA_KEY", str),
    "key_file": ("PUNA_KEY_FILE", _parse_path),
    "require_key": ("PUNA_REQUIRE_KEY", _parse_bool),
    "socket_only": ("PUNA_SOCKET_ONLY", _parse_bool),
    "insecure_plaintext": ("PUNA_INSECURE_PLAINTEXT", _parse_bool),
    "tls_certificate": ("PUNA_TLS_CERTIFICATE", _parse_path),
    "tls_key": ("PUNA_TLS_KEY", _parse_path),
    "hosts": ("PUNA_HOSTS", parse_hosts),
}
_CONFIG_VARIABLE = "PUNA_CONFIG"
_SECRETS = {"key"}  # the file may be read by others


def load(environ: Mapping[str, str] | None = None, **flags: object) -> Settings:
    """The settings in force. `flags` are typed field values that win over everything; `None` means not given.

    Raises `SettingsError` for a value that cannot be read and for an unknown `PUNA_*` variable or file key.
    """
    env = os.environ if environ is None else environ
    known = {variable for variable, _ in _VARIABLES.values()} | {_CONFIG_VARIABLE}
    for name in env:
        if name.startswith("PUNA_") and name not in known:
            raise SettingsError(f"unknown setting {name}{_nearest(name, known)}")
    values: dict[str, object] = {}
    for name, text in _read_file(env).items():
        if name in _SECRETS:
            raise SettingsError(f"{name!r} is a secret and does not belong into the configuration file; use key_file")
        if name not in _VARIABLES:
            raise SettingsError(f"unknown key {name!r} in the configuration file{_nearest(name, _VARIABLES)}")
        values[name] = _parse(name, text, f"key {name!r} of the configuration file")
    for name, (variable, _) in _VARIABLES.items():
        if text := env.get(variable, "").strip().strip("\"'"):
            values[name] = _parse(name, text, variable)
    values |= {name: value for name, value in flags.items() if value is not None}
    return _with_places(Settings(**values), env)  # type: ignore[arg-type] # parsed by the table above


def _parse(name: str, text: str, source: str) -> object:
    try:
        return _VARIABLES[name][1](text)
    except (ValueError, BadRequest) as error:
        raise SettingsError(f"{source} is {text!r}, which cannot be read: {error}") from error


def _nearest(name: str, known: object) -> str:
    import difflib

    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)  # type: ignore[call-overload] # any iterable
    return f"; did you mean {close[0]}?" if close else ""


def _config_file(env: Mapping[str, str]) -> Path:
    return Path(env.get(_CONFIG_VARIABLE) or _home(env, "XDG_CONFIG_HOME", ".config") / "puna" / "config.toml")


def _read_file(env: Mapping[str, str]) -> dict[str, str]:
    path = _config_file(env)
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"cannot read {path}: {error}") from error
    return {key: ",".join(value) if isinstance(value, list) else str(value) for key, value in table.items()}


def _home(env: Mapping[str, str], variable: str, default: str) -> Path:
    return Path(env.get(variable) or Path(env.get("HOME") or Path.home()) / default)


def _with_places(settings: Settings, env: Mapping[str, str]) -> Settings:
    unset = Path()
    settings = replace(settings, config=_config_file(env).absolute().parent)
    if settings.models == unset:
        settings = replace(settings, models=_home(env, "HOME", "") / ".ollama" / "models")
    if settings.registry_key == unset:
        settings = replace(settings, registry_key=_home(env, "HOME", "") / ".ollama" / "id_ed25519")
    if not settings.editor:
        settings = replace(settings, editor=env.get("VISUAL") or env.get("EDITOR") or "")
    if settings.state == unset:
        settings = replace(settings, state=_home(env, "XDG_STATE_HOME", ".local/state") / "puna")
    if settings.socket == unset:
        runtime = env.get("XDG_RUNTIME_DIR")
        folder = Path(runtime) / "puna" if runtime else settings.state
        settings = replace(settings, socket=folder / _socket(settings.address))
    if len(os.fsencode(settings.socket)) > _SOCKET_PATH_LIMIT:
        raise SettingsError(
            f"the path of the unix socket is too long ({settings.socket}); "
            f"set PUNA_SOCKET to one under {_SOCKET_PATH_LIMIT} bytes, "
            f"such as {tempfile.gettempdir()}/puna-{os.getuid()}/api.sock"
        )
    return settings


def _socket(address: Address) -> str:
    return "api.sock" if address.port == DEFAULT_PORT else f"api-{address.port}.sock"


def names() -> tuple[str, ...]:
    """The keys of the configuration file, which are the names of fields."""
    return tuple(name for name in _VARIABLES if name not in _SECRETS)
