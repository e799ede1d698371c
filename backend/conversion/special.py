"""Which tokens begin and end a text, and the chat template, of a model as Hugging Face's libraries store it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backend.conversion.vocabulary import parts_of
from backend.gguf import writer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backend.conversion.checkpoint import Checkpoint, Document

# Name in `tokenizer_config.json` and `config.json` → name in GGUF.
_ROLES = {"bos": "bos", "eos": "eos", "unk": "unknown", "pad": "padding"}


def special_entries(checkpoint: Checkpoint, ids: Mapping[str, int]) -> list[bytes]:
    """Entries of the metadata; `ids` has the number of each token."""
    configuration = checkpoint.document("tokenizer_config.json")
    entries = []
    found: dict[str, int] = {}
    for role, name in _ROLES.items():
        number = ids.get(_content(configuration.values.get(f"{role}_token")), -1)
        if number < 0:
            number = _first(checkpoint, f"{role}_token_id", len(ids))
        if number >= 0:
            found[role] = number
            entries.append(writer.uint32(f"tokenizer.ggml.{name}_token_id", number))
    added = configuration.values.get("add_bos_token")
    if not isinstance(added, bool):
        added = _begins_with(checkpoint.document("tokenizer.json"), found.get("bos", -1), ids)
    entries.append(writer.boolean("tokenizer.ggml.add_bos_token", added))
    if configuration.values.get("add_eos_token") is True:
        entries.append(writer.boolean("tokenizer.ggml.add_eos_token", True))
    if template := _template(checkpoint, configuration):
        entries.append(writer.text("tokenizer.chat_template", template))
    return entries


def _content(token: object) -> str:
    if isinstance(token, dict):
        token = token.get("content")
    return token if isinstance(token, str) else ""


def _first(checkpoint: Checkpoint, key: str, size: int) -> int:
    """A token's number in `config.json`, the first if there are several; -1 if there is none."""
    value = checkpoint.document("config.json").values.get(key)
    if isinstance(value, list):
        value = value[0] if value else None
    return value if type(value) is int and 0 <= value < size else -1


def _begins_with(tokenizer: Document, number: int, ids: Mapping[str, int]) -> bool:
    """Whether the tokenizer puts this token before each text."""
    for step in parts_of(tokenizer, "post_processor", "processors"):
        if step.get("type") == "TemplateProcessing":
            single = step.get("single")
            first: Any = single[0] if isinstance(single, list) and single else None
            special = first.get("SpecialToken") if isinstance(first, dict) else None
            if isinstance(special, dict) and ids.get(str(special.get("id")), -2) == number:
                return True
    return False


def _template(checkpoint: Checkpoint, configuration: Document) -> str:
    if checkpoint.has("chat_template.jinja"):
        return checkpoint.read("chat_template.jinja").decode("utf-8", "replace")
    if text := checkpoint.document("chat_template.json").text("chat_template"):
        return text
    for choice in configuration.list("chat_template"):  # several, by name
        if isinstance(choice, dict) and choice.get("name") == "default":
            return str(choice.get("template", ""))
    return configuration.text("chat_template")
