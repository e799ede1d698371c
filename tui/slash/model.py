"""The commands about models: those of Ollama's REPL (the specification's section J)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.actions.action import no_model
from tui.quantity import size
from tui.slash.command import Command, CommandError, Value
from tui.slash.part import ABSENT, part_text
from tui.slash.save import save, save_request
from tui.workspace import same_model, shown_name

if TYPE_CHECKING:
    from backend.wire.ollama import CreateRequest
    from tui.app import PunaApp


def _in_use(app: PunaApp) -> str:
    if not app.workspace.model:
        raise CommandError(no_model(app))
    return app.workspace.model


def _info(app: PunaApp, argument: str) -> None:
    app.models.inform(_in_use(app))


def _show(app: PunaApp, argument: str, *, part: str) -> None:
    app.work.start(_shown(app, _in_use(app), part), group="inform")


async def _shown(app: PunaApp, model: str, part: str) -> None:
    from tui.screens.text_page import TextPage

    shown = await app.connection.gateway.show(model)
    text = part_text(shown, part, app.workspace.parameters)
    app.push_screen(TextPage(f"{shown_name(model)}: {part}", text))


def _models(app: PunaApp) -> list[Value]:
    return [(shown_name(model.name), size(model.size)) for model in app.workspace.models]


def _list(app: PunaApp, argument: str) -> None:
    app.panes.reach("models")


def _load(app: PunaApp, argument: str) -> None:
    found = [model.name for model in app.workspace.models if same_model(model.name, argument)]
    if not found:
        raise CommandError(f"Couldn't find model '{argument}'; {app.keys.name('models.get', typing=True)} gets one")
    app.models.use(found[0])
    app.runners.load(found[0])


def _save(app: PunaApp, argument: str) -> None:
    said = [(message.role, message.content) for message in app.workspace.chat.conversation.branch()]
    request = save_request(argument, _in_use(app), app.workspace.parameters, said)
    app.work.tell(partial(_created, app, request), f"Created new model '{argument}'")


async def _created(app: PunaApp, request: CreateRequest) -> None:
    await save(app.connection.gateway, request)
    app.models.refresh()


COMMANDS: tuple[Command, ...] = (
    Command("show info", "What is known about the model", _info),
    *(Command(f"show {part}", f"The model's {part}", partial(_show, part=part)) for part in ABSENT),
    Command("list", "The models that are here", _list),
    Command("load", "Chat with a model and load it now", _load, "MODEL", _models),
    Command("save", "Keep model, parameters and this chat as a new model", _save, "NAME"),
)
