"""Vim's keys for the prompt: a pure machine from keys to changes. It knows no widget.

Normal, insert and two visual modes; counts; the motions of `tui.prompt.motions`; `d`, `c`, `y` with motions, doubled or
with `iw` and `aw`; `x X D C S s Y r J ~ p P u U i a I A o O v V`. `U` does again what `u` took back: Ctrl+R is the
app's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tui.prompt.motions import Target, first_letter, found, line_end, line_start, motion, word_around

_COUNT_LIMIT = 1000
_SHORT = {"D": "d$", "C": "c$", "S": "cc", "x": "dl", "X": "dh", "s": "cl", "Y": "yy"}


class Mode(Enum):
    """The value is the mark that stands beside the prompt."""

    INSERT = "i"
    NORMAL = "n"
    VISUAL = "v"
    LINES = "V"


@dataclass(frozen=True, slots=True)
class Change:
    """`text[start:end]` becomes `new`."""

    start: int
    end: int
    new: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What a key does: a change first, then the cursor's new place. `history` is -1 to undo, 1 to redo."""

    cursor: int
    change: Change | None = None
    history: int = 0


class Vim:
    """One prompt's state. `anchor` is where a visual selection began; `register` what was last cut or copied."""

    def __init__(self) -> None:
        self.mode = Mode.INSERT
        self.anchor = 0
        self.register = ""
        self._linewise = False
        self._typed = ""  # a command that is not complete yet

    @property
    def typed(self) -> str:
        """The part of a command that was typed so far."""
        return self._typed

    def take(self, cut: str) -> None:
        """Something was cut by other keys: it is what `p` puts back."""
        self.register, self._linewise = cut, False

    def leave(self, text: str, cursor: int) -> Step:
        """Escape: what is typed is forgotten; to normal mode."""
        step = max(cursor - 1, line_start(text, cursor)) if self.mode is Mode.INSERT else cursor
        self.mode, self._typed = Mode.NORMAL, ""
        return Step(step)

    def key(self, character: str, text: str, cursor: int) -> Step:
        """A character typed in another mode than insert. Unknown commands do nothing."""
        self._typed += character
        count, command = _counted(self._typed)
        if not command:
            return Step(cursor)
        step = self._run(command, count, text, cursor)
        if step is None:
            return Step(cursor)
        self._typed = ""
        return self._resting(step, text)

    def selection(self, text: str, cursor: int) -> tuple[int, int]:
        """Begin and end of what a visual mode has selected."""
        start, end = sorted((self.anchor, cursor))
        if self.mode is Mode.LINES:
            return line_start(text, start), line_end(text, end)
        return start, min(end + 1, len(text))

    def _run(self, command: str, count: int | None, text: str, cursor: int) -> Step | None:
        """Run a command; `None` while it is not complete."""
        times = count or 1
        if self.mode in (Mode.VISUAL, Mode.LINES):
            step = self._visual(command, text, cursor)
            if step is not None:
                return step
        command = _SHORT.get(command, command) if self.mode is Mode.NORMAL else command
        head = command[0]
        if head in "dcy" and self.mode is Mode.NORMAL:
            return self._operator(head, command[1:], count, text, cursor)
        if head == "r":
            return _replaced(command[1:], times, text, cursor)
        if (simple := self._simple(command, times, text, cursor)) is not None:
            return simple
        complete, target = _target(command, count, text, cursor)
        if not complete:
            return None
        return Step(cursor if target is None else target.place)

    def _simple(self, command: str, times: int, text: str, cursor: int) -> Step | None:
        start, end = line_start(text, cursor), line_end(text, cursor)
        match command:
            case "i" | "a" | "I" | "A":
                self.mode = Mode.INSERT
                places = {"i": cursor, "a": min(cursor + 1, end), "I": first_letter(text, cursor), "A": end}
                return Step(places[command])
            case "o" | "O":
                self.mode = Mode.INSERT
                if command == "o":
                    return Step(end + 1, Change(end, end, "\n"))
                return Step(start, Change(start, start, "\n"))
            case "v" | "V":
                self.mode, self.anchor = (Mode.VISUAL if command == "v" else Mode.LINES), cursor
                return Step(cursor)
            case "u" | "U":
                return Step(cursor, history=-1 if command == "u" else 1)
            case "p" | "P":
                return self._put(times, text, cursor, before=command == "P")
            case "J":
                if end == len(text):
                    return Step(cursor)
                following = first_letter(text, end + 1)
                return Step(end, Change(end, following, " " if following < line_end(text, end + 1) else ""))
            case "~":
                stop = min(cursor + times, end)
                return Step(stop, Change(cursor, stop, text[cursor:stop].swapcase()))
        return None

    def _operator(self, head: str, rest: str, count: int | None, text: str, cursor: int) -> Step | None:
        inner, rest = _counted(rest)
        if not rest:
            return None
        times = min((count or 1) * (inner or 1), _COUNT_LIMIT)
        if rest == head:
            return self._take(head, cursor, Target(_lines_below(text, cursor, times - 1), linewise=True), text, cursor)
        if rest[0] in "ia":
            if len(rest) == 1:
                return None
            if rest[1] != "w":
                return Step(cursor)
            begin, end = word_around(text, cursor, whole=rest[0] == "a")
            return self._take(head, begin, Target(end), text, cursor)
        if head == "c" and rest == "w" and cursor < len(text) and not text[cursor].isspace():
            rest = "e"  # as vim: changing a word leaves the blank behind it
        counted = times if count or inner else None
        complete, target = _target(rest, counted, text, cursor)
        if not complete:
            return None
        if target is not None and rest == "w" and "\n" in text[cursor : target.place]:
            target = Target(cursor + len(text[cursor : target.place].rstrip()))  # as vim: not over the line's end
        return Step(cursor) if target is None else self._take(head, cursor, target, text, cursor)

    def _visual(self, command: str, text: str, cursor: int) -> Step | None:
        start, end = self.selection(text, cursor)
        lines = self.mode is Mode.LINES
        if command in ("d", "x", "c", "s", "y", "p"):
            self.mode = Mode.NORMAL
            if command == "p":
                return Step(start, Change(start, end, self.register.rstrip("\n") if lines else self.register))
            place = end if not lines else max(end - 1, start)
            head = {"x": "d", "s": "c"}.get(command, command)
            return self._take(head, start, Target(place, linewise=lines), text, start)
        if command in ("v", "V"):
            wanted = Mode.VISUAL if command == "v" else Mode.LINES
            self.mode = Mode.NORMAL if wanted is self.mode else wanted
            return Step(cursor)
        if command == "o":
            self.anchor, cursor = cursor, self.anchor
            return Step(cursor)
        return Step(cursor) if command in ("u", "U", "p", "P", "J", "~", "a", "i", "I", "A", "O") else None

    def _take(self, head: str, start: int, target: Target, text: str, cursor: int) -> Step:
        """Delete, change or copy from `start` to the target."""
        begin, end = sorted((start, target.place))
        self._linewise = target.linewise
        if target.linewise:
            begin, end = line_start(text, begin), line_end(text, end)
            self.register = text[begin:end] + "\n"
        else:
            end = min(end + target.inclusive, len(text))
            self.register = text[begin:end]
        if head == "y":
            return Step(min(begin, cursor) if not target.linewise else cursor)
        if head == "c":
            self.mode = Mode.INSERT
        elif target.linewise:
            begin, end = (begin, end + 1) if end < len(text) else (max(begin - 1, 0), end)
        return Step(begin, Change(begin, end))

    def _put(self, times: int, text: str, cursor: int, *, before: bool) -> Step:
        if not self.register or len(self.register) * times > 1 << 20:
            return Step(cursor)
        if not self._linewise:
            place = cursor if before else min(cursor + 1, line_end(text, cursor))
            new = self.register * times
            return Step(place + len(new) - 1, Change(place, place, new))
        if before:
            place = line_start(text, cursor)
            return Step(place, Change(place, place, self.register * times))
        end = line_end(text, cursor)
        return Step(end + 1, Change(end, end, ("\n" + self.register.removesuffix("\n")) * times))

    def _resting(self, step: Step, text: str) -> Step:
        """In normal mode the cursor stands on a character, not behind the line's last one."""
        if self.mode is not Mode.NORMAL:
            return step
        if step.change is not None:
            text = text[: step.change.start] + step.change.new + text[step.change.end :]
        place = min(step.cursor, len(text))
        end = line_end(text, place)
        place = max(min(place, end - 1), line_start(text, place))
        return Step(place, step.change, step.history)


def _counted(typed: str) -> tuple[int | None, str]:
    """The count before a command, at most 1,000, and the command."""
    digits = len(typed) - len(typed.lstrip("0123456789"))
    if digits == 0 or typed[0] == "0":
        return None, typed
    return min(int(typed[: min(digits, 6)]), _COUNT_LIMIT), typed[digits:]


def _target(command: str, count: int | None, text: str, cursor: int) -> tuple[bool, Target | None]:
    """Whether the motion is complete, and where it leads, if anywhere."""
    times, head = count or 1, command[0]
    if head in "fFtT":
        if len(command) == 1:
            return False, None
        place = found(text, cursor, head, command[1], times)
        return True, None if place is None else Target(place, inclusive=head in "ft")
    if head == "g":
        if len(command) == 1:
            return False, None
        return True, motion("g", text, cursor, times, counted=count is not None) if command == "gg" else None
    return True, motion(command, text, cursor, times, counted=count is not None)


def _replaced(character: str, times: int, text: str, cursor: int) -> Step | None:
    if not character:
        return None
    if cursor + times > line_end(text, cursor):
        return Step(cursor)
    return Step(cursor + times - 1, Change(cursor, cursor + times, character * times))


def _lines_below(text: str, place: int, lines: int) -> int:
    for _ in range(lines):
        end = line_end(text, place)
        if end == len(text):
            break
        place = end + 1
    return place
