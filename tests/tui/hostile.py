"""Texts as an attacker would write them, put into everything that comes from outside, and what must never be seen."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any

import msgspec

from tests.tui.scripted import ScriptedBackend, model, request, runner
from tests.tui.scripted_downloads import download
from tests.tui.scripted_monitor import device, estimate

if TYPE_CHECKING:
    from tui.app import PunaApp

# What no cell of the screen holds: controls, and what reorders the text around it.
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# Sequences that Puna itself writes: styles, places, erased cells, modes, the shape of the pointer.
OWN = re.compile(r"\x1b\[[0-9;:]*[mHXCKJ]|\x1b\[\?[0-9;]*[hl]|\x1b\]22;[a-z]*\x07|\x1b\[\?2026\$p|[\r\n]")
# The hostile ones of the form of Puna's own are told by this number.
MARK = "7777"

_PIECES = (
    *(f"\x1b[{MARK}m", f"\x1b[{MARK};{MARK}H", f"\x1b[?{MARK}h", f"\x9b{MARK}m", "\x1bc", "\x1b[2J", "\x1b[6n"),
    *("\x1b]0;title\x07", "\x1b]52;c;aGk=\x1b\\", "\x1b]8;;http://evil.invalid\x1b\\here\x1b]8;;\x1b\\"),
    *("\x1bP+q\x1b\\", "\x1b_G\x1b\\", "\x9d52;c;aGk=\x9c", "\x90q\x9c", "\x9b6n", "\x07", "\x08\x08", "\x00", "\x7f"),
    *("\r", "\x0b\x0c", "\x0e", "\x85", "\u202e", "\u2066", "\u200f", "\u200b", "\u2028", "\ufeff", "\u00ad"),
    *("\ud800", "\udfff", "\U000e0041", "日本語", "👩‍👩‍👧", "e\u0301\u0301\u0301", "ﷺ", "\uff41"),
    *("[/x]", "[bold]", "[@click=app.exit]x[/]", "[red", "[", "]", "\\[", "$error", "[$accent]", "[link='x']", "{0}"),
    *("**", "`", "```", "# ", "- ", "| a | b |\n|---|---|\n", "> ", "<b>", "<think>", "[x](y)", "---", "~~", "\n"),
    *("\t", "  ", "%s", "a" * 60, "word word", "x", "7", "-", "/", ":latest", "…"),
)


class Hostile:
    """A source of hostile texts; `count` says how many it gave. The same seed gives the same texts."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 # texts for a test, repeatable
        self.count = 0

    def text(self) -> str:
        """One text, of some pieces and some characters from anywhere."""
        self.count += 1
        parts = [self._random.choice(_PIECES) for _ in range(self._random.randint(1, 6))]
        parts.insert(self._random.randint(0, len(parts)), chr(self._random.randrange(0x11_0000)))
        return "".join(parts)

    def wire(self) -> str:
        """One that JSON can carry: no lone surrogate."""
        return self.text().encode("utf-8", "replace").decode("utf-8")

    def chance(self) -> bool:
        """Heads or tails."""
        return self._random.random() < 0.5

    def filled(self, value: Any, keep: tuple[str, ...] = ()) -> Any:
        """The same with every text in it hostile, but for the fields named in `keep`."""
        if isinstance(value, str):
            return self.wire()
        if isinstance(value, list):
            return [self.filled(item, keep) for item in value]
        if isinstance(value, dict):
            return {key: self.filled(item, keep) for key, item in value.items()} | {self.wire(): self.wire()}
        if isinstance(value, msgspec.Struct):
            fields = {name: getattr(value, name) for name in value.__struct_fields__}
            filled = {name: item if name in keep else self.filled(item, keep) for name, item in fields.items()}
            return type(value)(**filled)
        return value


def attack(backend: ScriptedBackend, hostile: Hostile) -> None:
    """Let a backend know nothing but hostile texts, and say that everything changed."""
    states = () if hostile.chance() else ("state",)
    backend.models = [hostile.filled(model("x")) for _ in range(12)]
    backend.shown = hostile.filled(backend.shown, ("modified_at",) if hostile.chance() else ())
    backend.shown.license = backend.shown.template = backend.shown.system = hostile.wire()
    backend.shown.parameters = f"temperature {hostile.wire()}\nstop {hostile.wire()}\n{hostile.wire()}"
    names = [item.name for item in backend.models]
    runners = [hostile.filled(runner(name), states) for name in names[:4]]
    requests = [hostile.filled(request(name), states) for name in names[:3]]
    for one, name in zip(runners, names, strict=False):
        one.model = name
        backend.monitor.logs[one.id] = [hostile.wire() for _ in range(20)]
    backend.monitor.running = {one.id for one in runners}
    backend.monitor.estimated = hostile.filled(estimate())
    sessions = backend.sessions
    sessions.stored.clear()
    sessions.turns.clear()
    for _ in range(6):
        session = sessions.add(hostile.wire(), hostile.wire(), hostile.wire(), title=hostile.wire())
        session.tags, session.model, session.system = [hostile.wire()], hostile.wire(), hostile.wire()
        if hostile.chance():
            session.updated_at = session.created_at = hostile.wire()
        session.messages = [hostile.filled(message, ("role", "state")) for message in session.messages]
    backend.downloads.queue = [hostile.filled(download(hostile.wire()), states) for _ in range(4)]
    revision = backend.snapshot.models_revision + 1
    backend.tell(
        runners=runners,
        requests=requests,
        devices=[hostile.filled(device()) for _ in range(2)],
        downloads=backend.downloads.queue,
        models_revision=revision,
        sessions_revision=revision,
        version=hostile.wire(),
    )


def on_screen(app: PunaApp) -> list[str]:
    """What of the cells that are shown must not be there."""
    strips = app.screen._compositor.render_strips(app.size)
    return [match for strip in strips for segment in strip for match in UNSAFE.findall(segment.text)]


def in_bytes(written: list[str]) -> list[str]:
    """What of the bytes that went to the terminal is not Puna's own, or cannot be written at all."""
    text = "".join(written)
    text.encode("utf-8")
    own = [match for match in OWN.findall(text) if MARK in match]
    return own + UNSAFE.findall(OWN.sub("", text))
