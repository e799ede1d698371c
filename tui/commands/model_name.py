"""The names of models, sessions and the like as a shell completes them: a short question to the backend, no errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from click.shell_completion import CompletionItem

from backend import settings
from backend.errors import SettingsError
from tui.commands.place import Place, chosen

if TYPE_CHECKING:
    import click

_DEADLINE_S = 0.5
# What a shell takes for one word without quotes, and inserts as it is.
_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/@+-]{0,511}")


def stored_models(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Models in the store that begin so and were not given already."""
    return _models(context, parameter, incomplete, "/api/tags")


def loaded_models(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Models that are loaded and begin so."""
    return _models(context, parameter, incomplete, "/api/ps")


def answer(context: click.Context, path: str, key: str) -> list[dict[str, Any]]:
    """The objects under `key` at `path` of the backend that the command line means; none if it does not answer."""
    from tui.commands.brief_request import brief_answer

    given = context.find_root().params
    try:
        found, _ = chosen(Place(given.get("host") or "", given.get("key_file") or ""), settings.load())
    except SettingsError:
        return []
    items = (brief_answer(found, path, _DEADLINE_S) or {}).get(key)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _models(
    context: click.Context, parameter: click.Parameter, incomplete: str, path: str
) -> list[CompletionItem[str]]:
    given = context.params.get(parameter.name or "") or ()
    names = [str(item.get("name") or "") for item in answer(context, path, "models")]
    if ":" not in incomplete:
        names = [name.removesuffix(":latest") for name in names]
    return [
        CompletionItem(name)
        for name in names
        if _SAFE.fullmatch(name) and name.lower().startswith(incomplete.lower()) and name not in given
    ]
