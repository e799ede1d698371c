"""The transcript widget: blocks of a chat with a cursor, folds and a search."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.message import Message

from tui.actions.action import Scope
from tui.actions.registry import bindings
from tui.transcript.block import FOLDABLE, Block, Role
from tui.transcript.cursor import marked, with_matches
from tui.transcript.scrolling import DocumentView
from tui.transcript.search import Query, Search
from tui.transcript.tone import Tone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events
    from textual.binding import BindingType
    from textual.strip import Strip

    from tui.transcript.block import Part


class Transcript(DocumentView, can_focus=True, inherit_bindings=False):
    """`fill` it or `add` a block; change a block, then say so with `changed`."""

    DEFAULT_CSS = """
    Transcript {
        height: 1fr;
        background: $background;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        & > .transcript--user { color: $user; text-style: bold; }
        & > .transcript--model { color: $model; text-style: bold; }
        & > .transcript--text { color: $foreground; }
        & > .transcript--bold { text-style: bold; }
        & > .transcript--italic { text-style: italic; }
        & > .transcript--strike { text-style: strike; }
        & > .transcript--heading { color: $primary; text-style: bold; }
        & > .transcript--title { text-style: underline; }
        & > .transcript--link { text-style: underline; }
        & > .transcript--target { color: $muted; }
        & > .transcript--quote { color: $accent; }
        & > .transcript--code { color: $code; }
        & > .transcript--fence { color: $muted; }
        & > .transcript--keyword { color: $primary; text-style: bold; }
        & > .transcript--name { color: $secondary; }
        & > .transcript--builtin { color: $accent; }
        & > .transcript--string { color: $success; }
        & > .transcript--number { color: $warning; }
        & > .transcript--comment { color: $muted; text-style: italic; }
        & > .transcript--thinking { color: $muted; text-style: italic; }
        & > .transcript--note { color: $muted; }
        & > .transcript--error { color: $error; }
        & > .transcript--cursor { color: $accent; text-style: bold; }
        & > .transcript--match { text-style: reverse; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.TRANSCRIPT)
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"transcript--{tone.value}" for tone in Tone}

    class Chosen(Message):
        """The block cursor moved to `block`, or was dropped."""

        def __init__(self, block: Block | None) -> None:
            super().__init__()
            self.block = block

    class Searched(Message):
        """The search moved, began or ended; `Transcript.found` has its state."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 # Textual's own name
        super().__init__(id=id)
        self._chosen: Block | None = None
        self._search: Search | None = None
        self._origin = (0, 0)
        self._code: tuple[Block, int] | None = None

    @property
    def blocks(self) -> list[Block]:
        """The blocks, oldest first."""
        return list(self._document.blocks)

    @property
    def chosen(self) -> Block | None:
        """The block under the cursor."""
        return self._chosen

    @property
    def found(self) -> tuple[int, int] | None:
        """Which message of how many with the text that is looked for; `None` without a search."""
        return None if self._search is None else (self._search.ordinal, len(self._search.hits))

    def fill(self, blocks: Iterable[Block]) -> None:
        """Show these blocks and no others, from their end."""
        self.select(None)
        self._document.fill(blocks)
        if self._search is not None:
            self._begin_search(self._search.query)
        self.follow()
        self.refresh()

    def add(self, block: Block) -> None:
        """Show one more block at the end."""
        before = self.line_count
        self._document.add(block)
        self._note(len(self._document.blocks) - 1)
        if self._document.width:
            self._settle(before, self.line_count)

    def changed(self, block: Block) -> None:
        """Show what was added to a block, or folded in it. Raises `ValueError` for one that is not here."""
        index = self._document.index(block)
        self._note(index)
        if self._document.width:
            self._settle(*self._document.changed(index))

    def clear(self) -> None:
        """Forget all blocks."""
        self.fill([])

    def select(self, block: Block | None) -> None:
        """Put the cursor on a block and bring it into view; `None` drops it."""
        if block is self._chosen:
            return
        self._chosen = block
        self._code = None
        self.post_message(self.Chosen(block))
        self.refresh()
        if block is not None:
            self.show(self._document.index(block), 0)

    def select_next(self, step: int) -> None:
        """Move the cursor by blocks; without one it begins at the last block that is in view."""
        document = self._document
        if not document.blocks or not document.width:
            return
        if self._chosen is None:
            bottom = min(self.scroll_offset.y + self.size.height, self.line_count) - 1
            index, _ = document.heights.at(bottom)
        else:
            index = document.index(self._chosen) + step
        self.select(document.blocks[min(max(index, 0), len(document.blocks) - 1)])

    def release(self) -> bool:
        """End the search, else drop the cursor; whether there was any."""
        if self._search is not None:
            self.look_for("")
            return True
        held = self._chosen is not None
        self.select(None)
        return held

    @property
    def foldable(self) -> Block | None:
        """The block whose thinking and calls are folded and opened: the chosen one, else the last that has any."""
        chosen = [self._chosen] if self._chosen is not None else reversed(self._document.blocks)
        return next((block for block in chosen if any(part.kind in FOLDABLE for part in block.parts)), None)

    def toggle_details(self) -> None:
        """Open the thinking and the calls of a block, or fold them if all are open."""
        block = self.foldable
        if block is not None:
            parts = [part for part in block.parts if part.kind in FOLDABLE]
            self._fold(block, parts, folded=not any(block.is_folded(part) for part in parts))

    def toggle_block(self, block: Block) -> None:
        """Fold a whole message to one row, or open it."""
        block.folded = not block.folded
        self.changed(block)

    def _fold(self, block: Block, parts: Iterable[Part], *, folded: bool) -> None:
        for part in parts:
            part.folded = folded
        self.changed(block)

    def on_click(self, event: events.Click) -> None:
        """A click on a fold opens or folds it, anywhere else it puts the cursor there."""
        row = self.scroll_offset.y + event.y
        if not self._document.width or row >= self.line_count:
            return
        index, within, _ = self._document.strip(row)
        block = self._document.blocks[index]
        if block.folded:
            self.toggle_block(block)
        elif (part := self._document.layout(index).foldable_at(within)) is not None:
            self._fold(block, [part], folded=not block.is_folded(part))
        else:
            self.select(block)

    @property
    def copied(self) -> Block | None:
        """The block that is copied: the chosen one, else the last that says something."""
        chosen = [self._chosen] if self._chosen is not None else reversed(self._document.blocks)
        return next((block for block in chosen if block.role is not Role.HINT and block.text), None)

    @property
    def has_code(self) -> bool:
        """Whether there is code to copy."""
        chosen = [self._chosen] if self._chosen is not None else reversed(self._document.blocks)
        return any(block.code_blocks() for block in chosen)

    def next_code(self) -> tuple[str, int, int] | None:
        """Code of the chosen block, else of the last that has any: its text, its number, and how many there are.

        Asked again, the next code of the same block.
        """
        chosen = [self._chosen] if self._chosen is not None else reversed(self._document.blocks)
        for block in chosen:
            if codes := block.code_blocks():
                last = self._code[1] if self._code is not None and self._code[0] is block else -1
                number = (last + 1) % len(codes)
                self._code = block, number
                return codes[number], number + 1, len(codes)
        return None

    def look_for(self, text: str, *, keep: bool = False, since: Block | None = None) -> None:
        """Highlight a text and go to its first match from where the search began on; an empty text ends the search.

        With `keep` an empty text finds nothing, but the search goes on: somebody is about to write another one. The
        search begins at the message `since`, else at what is in view.
        """
        if text.strip() or keep:
            if since is not None:
                self._origin = self._document.index(since), 0
            elif self._search is None:
                self._origin = self._top()
            self._begin_search(Query(text))
            index, row = self._origin
            self._seek((index, row - 1), 1)
        else:
            self._search = None
        self.post_message(self.Searched())
        self.refresh()

    def look_further(self, step: int) -> None:
        """Go to the next match, or the one before if `step` is -1."""
        if self._search is not None:
            self._seek(self._search.place or self._top(), step)
            self.post_message(self.Searched())
            self.refresh()

    def _top(self) -> tuple[int, int]:
        heights = self._document.heights
        return heights.at(self.scroll_offset.y) if len(heights) else (0, 0)

    def _begin_search(self, query: Query) -> None:
        self._search = Search(query, self._document.blocks)

    def _seek(self, start: tuple[int, int], step: int) -> None:
        if self._search is None or not self._document.width:
            return
        place = self._search.seek(self._document, start, step)
        if place is not None:
            index, row = place
            self.show(index, max(0, row - self.size.height // 3))  # with what stands before it
            self._settle(0, 0)  # what hid the match was unfolded

    def _note(self, index: int) -> None:
        if self._search is not None:
            self._search.note(index, self._document.blocks[index])

    def _decorated(self, index: int, row: int, strip: Strip) -> Strip:
        block = self._document.blocks[index]
        if self._search is not None:
            strip = with_matches(strip, self._search.query, self._styled[Tone.MATCH])
        if block is self._chosen and (row == 0 or row < self._document.heights.height(index) - 1):
            strip = marked(strip, self._styled[Tone.CURSOR], first=row == 0)
        return strip
