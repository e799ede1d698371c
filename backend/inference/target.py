"""From a model's name in a request to what is needed to serve it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from backend.engine_choice import Choice, EngineName, choose, of_gguf
from backend.errors import BackendError, BadRequest, Forbidden, ModelNotFound
from backend.inference.facts import facts_of
from backend.inference.parsers.families import FAMILIES
from backend.modelfile.capabilities import capabilities, template_path
from backend.scheduler.demand import Demand
from backend.store.name import ModelName
from backend.template.builtin import RENDERERS as KNOWN_RENDERERS
from backend.template.builtin import speaks_harmony
from backend.template.choice import Path as TemplatePath
from backend.template.renderers import RENDERERS

if TYPE_CHECKING:
    from pathlib import Path

    from backend.gguf import GGUF
    from backend.inference.options import Options
    from backend.inference.parsers.family import Family
    from backend.store.model import StoredModel
    from backend.store.store import Store

_NO_CLOUD = "ollama cloud is disabled: remote model is unavailable"
_NEVER_SHIFTS = "deepseek2"


@dataclass(frozen=True, slots=True)
class Target:
    """A model as a request named it (`given`), with what it can do."""

    given: str
    stored: StoredModel
    gguf: GGUF
    capabilities: frozenset[str]
    weights: Path
    file_size: int  # bytes, of all its files
    template_path: TemplatePath
    own_server: bool = False  # the user named a llama-server
    reads_templates: bool = True  # the engine makes prompts from the Jinja template in the weights

    @property
    def has_template(self) -> bool:
        """Whether the weights carry a chat template for the engine."""
        return self.reads_templates and bool(self.gguf.chat_template)

    @property
    def family(self) -> Family | None:
        """How its replies are read, if that does not follow from a template."""
        return FAMILIES.get("harmony" if self._speaks_harmony else self.stored.config.parser)

    def renders_here(self) -> bool:
        """Whether its prompts are made here and not by the engine. Raises `BackendError` for an unknown renderer."""
        if not self.reads_templates:
            return True
        if self.template_path is not TemplatePath.BUILTIN:
            return self.template_path is TemplatePath.GO
        renderer = self.stored.config.renderer
        if renderer and renderer not in KNOWN_RENDERERS:
            raise BackendError(f'unknown renderer "{renderer}"')
        return renderer in RENDERERS or bool(self.stored.template and not (renderer and self.has_template))

    def level(self, think: bool | str | None) -> bool | str | None:
        """How much a request lets the model think, in the model's own words."""
        return "high" if think == "max" and self._speaks_harmony else think

    @property
    def _speaks_harmony(self) -> bool:
        config = self.stored.config
        return speaks_harmony(self.stored.template, config.model_family, config.parser)

    @property
    def is_of_thinkers(self) -> bool:
        """Whether it is of the two families that were published before Ollama knew thinking (section A.3)."""
        return self.stored.config.model_family == "qwen3" or self.stored.name.model == "deepseek-r1"

    def require(self, capability: str, verb: str) -> None:
        """Raise `BadRequest` in the specification's words if the model cannot do `capability`."""
        if capability not in self.capabilities:
            raise BadRequest(f'"{self.given}" does not support {verb}')

    def shifts(self, asked: bool | None) -> bool:
        """Whether a reply may outgrow the context, if a request says `asked` (section A.2)."""
        return self.gguf.architecture != _NEVER_SHIFTS if asked is None else asked

    def template_switches(self, think: bool | str | None) -> dict[str, Any]:
        """What a request to the engine says about thinking (section I.3); nothing for a model that does not think."""
        if "thinking" not in self.capabilities:
            return {}
        switches: dict[str, Any] = {"enable_thinking": think is None or bool(think)}
        if isinstance(think, str):
            switches["reasoning_effort"] = think
        return {"chat_template_kwargs": switches}

    def run_by(self, engine: EngineName) -> Target:
        """The target as the engine that serves a request sees it."""
        return replace(self, reads_templates=engine is not EngineName.CTRANSFORMERS)

    def engine(self, asked: str | None) -> Choice:
        """The engine of a request that asks for `asked`. Raises `BadRequest` if none can run the model so."""
        return choose(
            of_gguf(self.gguf, extras=self.stored.extras),
            by_model=self.stored.params.get("engine"),
            by_request=asked,
            own_server=self.own_server,
        )

    def demand(self, options: Options) -> Demand:
        """What the scheduler must load for a request with these options. Raises as `engine` does."""
        return Demand(
            key=self.stored.weights_digest.hex,
            name=str(self.stored.name),
            weights=self.weights,
            adapters=self.stored.adapters,
            projectors=self.stored.projectors,
            facts=facts_of(self.gguf, self.file_size, sees=bool(self.stored.projectors)),
            options=options.load,
            engine=self.engine(options.engine_name),
            model_type=self.gguf.architecture if self.gguf.version == 0 else "",
        )


def find(
    store: Store,
    given: str,
    *,
    not_found: str = "model '{}' not found",
    go_template: bool | None = None,
    own_server: bool = False,
) -> Target:
    """The model that a request calls `given`; `go_template` as in `template.choice.choose`, `own_server` as in
    `engine_choice.choose`.

    Raises `InvalidName`, `ModelNotFound` and, for a model that runs elsewhere, `Forbidden` in the words of the wire.
    """
    name = ModelName.parse(given)
    if name.is_cloud:
        raise Forbidden(_NO_CLOUD)
    try:
        stored = store.get(name)
    except ModelNotFound:
        raise ModelNotFound(not_found.format(given)) from None
    if stored.config.remote_host:
        raise Forbidden(_NO_CLOUD)
    gguf, weights = stored.gguf, stored.weights
    able = frozenset(capabilities(stored, gguf, go_template=go_template))
    path = template_path(stored, gguf, go_template=go_template)
    files = (weights, *stored.adapters, *stored.projectors)
    return Target(given, stored, gguf, able, weights, sum(file.stat().st_size for file in files), path, own_server)
