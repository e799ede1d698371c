"""Reading a growing text in pieces of bounded size."""

from __future__ import annotations

from dataclasses import dataclass

LINE = 2_000  # characters; a longer line is broken, since what is still open is read again and again


@dataclass(frozen=True, slots=True)
class Window:
    """Lines of a text, where each begins, and how many of them cannot change any more."""

    lines: list[str]
    offsets: list[int]
    complete: int
    at_end: bool


def window(text: str, start: int, characters: int, lines: int) -> Window:
    """The lines from `start` on: at most about so many characters and lines, at least one complete line if there is.

    Where a line longer than `LINE` is broken depends on that line alone, so that it is the same however the text came.
    """
    end = min(len(text), start + max(characters, 2 * LINE + 2))
    found: list[str] = []
    offsets: list[int] = []
    at = start
    while at <= end and len(found) < lines and at - start < characters:
        stop = text.find("\n", at, end)
        whole = stop >= 0
        line_end = stop if whole else end
        if line_end - at > LINE:
            line_end = text.rfind(" ", at + LINE // 2, at + LINE) + 1 or at + LINE
            following, whole = line_end, True
        else:
            following = line_end + 1
        if not whole and end < len(text):
            break
        found.append(text[at:line_end])
        offsets.append(at)
        at = following
        if not whole:
            return Window(found, offsets, len(found) - 1, at_end=True)
    return Window(found, offsets, len(found), at_end=False)
