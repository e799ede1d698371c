"""Modelfiles that people write: as requests to the backend, and one to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.errors import BadModelfile
from backend.modelfile import parser
from backend.modelfile.parameters import parameters
from backend.modelfile.parser import Command, Modelfile
from backend.wire.ollama import CreateRequest, Message

if TYPE_CHECKING:
    from collections.abc import Iterator

# What a model that is built on another one takes over from it as it is.
_INHERITED = frozenset({"from", "adapter", "draft", "license"})
_HEAD = """# Change what you like and give the new model a name.
# What is not said here stays as it is in {model}.

"""


def editable(model: str, modelfile: str) -> str:
    """The Modelfile of `model`, as the backend shows it, built on the model itself.

    The files that the shown one names are on the backend's machine. Raises `BadModelfile`.
    """
    own = (command for command in parser.parse(modelfile).commands if command.name not in _INHERITED)
    return _HEAD.format(model=model) + parser.format(Modelfile((Command("from", model), *own)))


def request_on_a_model(name: str, text: str) -> CreateRequest:
    """What makes the model `name` of a Modelfile whose FROM names a model of the store. Raises `BadModelfile`."""
    modelfile = parser.parse(text)
    bases = [command.value for command in modelfile.commands if command.name == "from"]
    files = [command.name.upper() for command in modelfile.commands if command.name in {"adapter", "draft"}]
    if files or len(bases) > 1 or bases[0].startswith(("/", "~", ".")) or bases[0].lower().endswith(".gguf"):
        raise BadModelfile(
            f"{files[0] if files else 'FROM'} cannot name files here: name one model of the store after FROM, or run "
            "`puna create` with a Modelfile on disk"
        )
    request = texts(modelfile)
    request.model, request.from_ = name, bases[0]
    return request


def texts(modelfile: Modelfile) -> CreateRequest:
    """Everything that a Modelfile says itself, without the models and files that it names. Raises `BadModelfile`."""
    last = {command.name: command.value for command in modelfile.commands}
    return CreateRequest(
        template=last.get("template", ""),
        system=last.get("system", ""),
        renderer=last.get("renderer", ""),
        parser=last.get("parser", ""),
        requires=last.get("requires", ""),
        license=[command.value for command in modelfile.commands if command.name == "license"] or "",
        parameters=dict(parameters(modelfile).values),
        messages=list(_messages(modelfile)),
    )


def _messages(modelfile: Modelfile) -> Iterator[Message]:
    return (
        Message(role=command.key, content=command.value) for command in modelfile.commands if command.name == "message"
    )
