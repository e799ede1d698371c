"""Model names (the specification's section C)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from backend.errors import InvalidName

DEFAULT_HOST = "registry.ollama.ai"
DEFAULT_NAMESPACE = "library"
DEFAULT_TAG = "latest"
SCHEMES = frozenset({"https", "http", "pip"})

_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,349}")
_NAMESPACE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,79}")
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")
_CONFLICT = re.compile(r":(?:local:(?:[^:/]*-)?cloud|(?:[^:/]*-)?cloud:local)\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ModelName:
    """`host/namespace/model:tag`; every part is valid, hence a safe name of a file or folder.

    `scheme` says how to reach the source when the name is pulled (`pip` means a wheel on the Python package index).
    It is no part of the identity: names that differ in it alone are equal. Case is kept here; the store finds names
    whatever their case.
    """

    model: str
    tag: str = DEFAULT_TAG
    namespace: str = DEFAULT_NAMESPACE
    host: str = DEFAULT_HOST
    scheme: str = field(default="https", compare=False)

    def __post_init__(self) -> None:
        valid = (
            _PART.fullmatch(self.model)
            and _PART.fullmatch(self.tag)
            and _NAMESPACE.fullmatch(self.namespace)
            and _HOST.fullmatch(self.host)
            and self.scheme in SCHEMES
        )
        if not valid:
            raise InvalidName("invalid model name")

    @classmethod
    def parse(cls, text: str) -> ModelName:
        """What a user typed: blanks around it and the source suffix `:local` are cut.

        A cloud suffix stays in the tag (see `is_cloud`): `x:20b:cloud` is `x:20b-cloud`. `pip://DIST[:VERSION]` is the
        local name `DIST:VERSION`. Raises `InvalidName`.
        """
        text = text.strip()
        if _CONFLICT.search(text):
            raise InvalidName(f'use either :local or :cloud, not both: "{text}"')
        rest, colon, suffix = text.rpartition(":")
        if colon and suffix.lower() == "local":
            text = rest
        elif suffix.lower() == "cloud" and rest.rfind(":") > rest.rfind("/"):
            text = f"{rest}-{suffix}"
        return cls.parse_plain(text)

    @classmethod
    def parse_plain(cls, text: str) -> ModelName:
        """The bare grammar, without source suffixes: what create and copy accept as a target. Raises `InvalidName`."""
        if text.startswith("pip://"):
            dist, colon, version = text.removeprefix("pip://").partition(":")
            return cls(dist, version if colon else DEFAULT_TAG, scheme="pip")
        rest, tag = text, DEFAULT_TAG
        if text.rfind(":") > text.rfind("/"):
            rest, _, tag = text.rpartition(":")
        before, slash, model = rest.rpartition("/")
        if not slash:
            return cls(model, tag)
        host, slash, namespace = before.rpartition("/")
        if not slash:
            return cls(model, tag, namespace)
        scheme, separator, bare_host = host.partition("://")
        if not separator:
            return cls(model, tag, namespace, host)
        return cls(model, tag, namespace, bare_host, scheme)

    def __str__(self) -> str:
        """The display form: default host and namespace are left out, the tag never is."""
        if self.host != DEFAULT_HOST:
            return self.full
        if self.namespace != DEFAULT_NAMESPACE:
            return f"{self.namespace}/{self.model}:{self.tag}"
        return f"{self.model}:{self.tag}"

    @property
    def full(self) -> str:
        return f"{self.host}/{self.namespace}/{self.model}:{self.tag}"

    @property
    def folded(self) -> ModelName:
        """The name in lower case: two names with the same one mean the same model."""
        return replace(
            self,
            model=self.model.lower(),
            tag=self.tag.lower(),
            namespace=self.namespace.lower(),
            host=self.host.lower(),
        )

    @property
    def is_cloud(self) -> bool:
        """Whether the tag asks for a model that runs remotely."""
        tag = self.tag.lower()
        return tag == "cloud" or tag.endswith("-cloud")
