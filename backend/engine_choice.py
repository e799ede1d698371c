"""Which engine runs a model, and why: the one place where that is decided."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from backend.errors import BadRequest

if TYPE_CHECKING:
    from backend.gguf import GGUF

AUTO: Final = "auto"  # in the place of a name: the choice is ours
_OLDEST = 2  # version of GGUF that llama.cpp reads
# What ctransformers of September 2023 runs of GGUF: families, and types of tensors.
_FAMILIES = frozenset({"llama", "falcon"})
_TYPES = frozenset(
    {
        *("F32", "F16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q8_1"),
        *("Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "Q8_K"),
    }
)
_SCORES = "tokenizer.ggml.scores"


class EngineName(StrEnum):
    """The engines by the names that people write. `llama.cpp` is the one in Puna's own child, `llama-server` the
    user's binary that `PUNA_LLAMA_SERVER` names.
    """

    LLAMA_CPP = "llama.cpp"
    LLAMA_SERVER = "llama-server"
    CTRANSFORMERS = "ctransformers"


NAMES: Final = (AUTO, *EngineName)


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine, and the reason for people."""

    engine: EngineName
    reason: str


@dataclass(frozen=True, slots=True)
class Fitness:
    """Why llama.cpp, in whichever program, and why ctransformers cannot run a model; empty for one that can."""

    not_llama: str
    not_ctransformers: str

    def against(self, engine: EngineName) -> str:
        """Why `engine` cannot run the model."""
        return self.not_ctransformers if engine is EngineName.CTRANSFORMERS else self.not_llama


def of_gguf(gguf: GGUF, *, extras: str = "") -> Fitness:
    """What can run a GGUF file, or a GGML one under GGUF's names. `extras` names what comes with it and ctransformers
    does not know: "LoRA adapters".
    """
    if gguf.version == 0:
        return of_ggml(extras=extras)
    old = f"llama.cpp does not read GGUF version {gguf.version}" if gguf.version < _OLDEST else ""
    return Fitness(old, _against_ctransformers(gguf, extras))


def of_ggml(*, extras: str = "") -> Fitness:
    """What can run a GGML file. `extras` as in `of_gguf`."""
    return Fitness("llama.cpp no longer reads GGML files", _against_extras(extras))


def choose(fitness: Fitness, *, by_model: object = None, by_request: object = None, own_server: bool) -> Choice:
    """The engine of a model. `by_model` and `by_request` are the option `engine` of each, if they have it; the latter
    wins. `own_server`: the user named a llama-server.

    Raises `BadRequest` for an unknown name and for an engine that cannot run the model.
    """
    asked = parse(by_model if by_request is None else by_request)
    if asked is None:
        return _fitting(fitness, own_server=own_server)
    if asked is EngineName.LLAMA_SERVER and not own_server:
        raise BadRequest(
            f'engine "{asked}" is not there: set PUNA_LLAMA_SERVER to the path of a llama-server and start the backend '
            "again"
        )
    if why := fitness.against(asked):
        raise BadRequest(f'engine "{asked}" cannot run this model: {why}')
    return Choice(asked, "set by the model" if by_request is None else "set by the request")


def parse(value: object) -> EngineName | None:
    """The engine that an option names, `None` for one that leaves the choice to us. Raises `BadRequest`."""
    if value in (None, "", AUTO):
        return None
    if value not in tuple(EngineName):
        raise BadRequest(f"unknown engine {str(value)[:40]!r}; the engines are {', '.join(NAMES[:-1])} and {NAMES[-1]}")
    return EngineName(str(value))


def _fitting(fitness: Fitness, *, own_server: bool) -> Choice:
    if not fitness.not_llama and own_server:
        return Choice(EngineName.LLAMA_SERVER, "set by PUNA_LLAMA_SERVER")
    if not fitness.not_llama:
        return Choice(EngineName.LLAMA_CPP, "reads GGUF files")
    if not fitness.not_ctransformers:
        return Choice(EngineName.CTRANSFORMERS, fitness.not_llama)
    raise BadRequest(f"no engine can run this model: {fitness.not_llama}, and {fitness.not_ctransformers}")


def _against_ctransformers(gguf: GGUF, extras: str) -> str:
    if gguf.architecture not in _FAMILIES:
        return f"of GGUF files ctransformers runs only llama and falcon models, and this is {gguf.architecture!r}"
    if gguf.get_text("tokenizer.ggml.model") != "llama" or _SCORES not in gguf.metadata:
        return "ctransformers needs a SentencePiece vocabulary with scores"
    if all(tensor.name != "output.weight" for tensor in gguf.tensors):
        return "ctransformers needs an output matrix of its own (output.weight)"
    if unknown := sorted({tensor.type_name for tensor in gguf.tensors} - _TYPES):
        return f"ctransformers does not know tensors of the type {unknown[0]}"
    return _against_extras(extras)


def _against_extras(extras: str) -> str:
    return f"ctransformers takes no {extras}" if extras else ""
