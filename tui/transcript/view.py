"""The transcript widget: a scrolling view of blocks by Textual's line API, over cached strips."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, ClassVar

from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.transcript.layout import BlockLayout, Tone

if TYPE_CHECKING:
    from rich.style import Style
    from textual import events

    from tui.transcript.block import Block

MARGIN = 2  # cells at the right: the scrollbar and an empty one; padding would crop rows, since the line API ignores it


class Transcript(ScrollView, can_focus=True, inherit_bindings=False):
    """Blocks of a chat, one under the other; follows its end until the user scrolls up.

    While it follows, it moves by half a page when the text reaches the bottom, so that most new text costs the
    terminal a few cells. `add` a block, change it, then say so with `changed`.
    """

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
        & > .transcript--bold { color: $foreground; text-style: bold; }
        & > .transcript--heading { color: $primary; text-style: bold; }
        & > .transcript--code { color: $code; }
        & > .transcript--fence { color: $muted; }
        & > .transcript--thinking { color: $muted; text-style: italic; }
        & > .transcript--note { color: $muted; }
        & > .transcript--error { color: $error; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"transcript--{tone.value}" for tone in Tone}

    class Followed(Message):
        """New text began or ceased to move the view."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 # Textual's own name
        super().__init__(id=id)
        self._blocks: list[Block] = []
        self._layouts: list[BlockLayout] = []
        self._starts: list[int] = []
        self._lines = 0
        self._width = 0
        self._following = True
        self._styled: dict[Tone, Style] = {}

    @property
    def blocks(self) -> list[Block]:
        """The blocks, oldest first."""
        return list(self._blocks)

    @property
    def following(self) -> bool:
        """Whether new text moves the view."""
        return self._following

    @property
    def line_count(self) -> int:
        """Rows that are laid out."""
        return self._lines

    def add(self, block: Block) -> None:
        """Show one more block at the end."""
        self._blocks.append(block)
        if self._width:
            self._lay_out_block(block)
            self._settle(self._starts[-1], self._lines)

    def changed(self, block: Block) -> None:
        """Show what was added to a block."""
        if not self._width:
            return
        index = next(index for index in range(len(self._blocks) - 1, -1, -1) if self._blocks[index] is block)
        layout = self._layouts[index]
        before = len(layout.strips)
        first = self._starts[index] + layout.update()
        grown = len(layout.strips) - before
        for later in range(index + 1, len(self._starts)):
            self._starts[later] += grown
        self._lines += grown
        last = self._starts[index] + max(before, len(layout.strips))
        self._settle(first, max(last, self._lines) if grown else last)  # what stands below has moved

    def clear(self) -> None:
        """Forget all blocks."""
        self._blocks.clear()
        self._lay_out_all()

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._set_following(True)
        self._settle(0, self._lines, to_end=True)

    def scroll_pages(self, pages: float) -> None:
        """Scroll by a part of the height; up stops following, reaching the end starts it again."""
        self.scroll_lines(round(pages * max(1, self.size.height - 1)))

    def scroll_home_now(self) -> None:
        """Go to the first row."""
        self.scroll_lines(-self._lines)

    def scroll_lines(self, lines: int) -> None:
        """Scroll by lines, down if positive; never beyond the last."""
        top, end = self.scroll_offset.y, self._end_top()
        self._move(max(top, end) if top + lines >= end and lines > 0 else max(0, top + lines))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Whoever scrolled: at the end or beyond it new text is followed, above it is not."""
        super().watch_scroll_y(old_value, new_value)
        self._set_following(round(new_value) >= self._end_top())

    def _set_following(self, following: bool) -> None:
        if following != self._following:
            self._following = following
            self.post_message(self.Followed())

    def _end_top(self) -> int:
        return max(0, self._lines - self.size.height)

    def _lay_out_block(self, block: Block) -> None:
        layout = BlockLayout(block, self._width, self._styled)
        self._starts.append(self._lines)
        self._layouts.append(layout)
        self._lines += len(layout.strips)

    def _lay_out_all(self) -> None:
        place = self._place()
        self._layouts.clear()
        self._starts.clear()
        self._lines = 0
        if self._width:
            self._styled = self._styles()
            for block in self._blocks:
                self._lay_out_block(block)
            if place is not None and place[0] < len(self._starts):
                index, share = place
                self._move(self._starts[index] + round(share * len(self._layouts[index].strips)))
            else:
                self._settle(0, 0, to_end=True)
            self.refresh()

    def _place(self) -> tuple[int, float] | None:
        """Where somebody who scrolled up reads: the block in the first row, and the share of it that is above."""
        top = self.scroll_offset.y
        if self._following or not 0 <= top < self._lines:
            return None
        index = bisect_right(self._starts, top) - 1
        return index, (top - self._starts[index]) / len(self._layouts[index].strips)

    def _styles(self) -> dict[Tone, Style]:
        return {tone: self.get_component_rich_style(f"transcript--{tone.value}", partial=True) for tone in Tone}

    def _settle(self, first: int, last: int, *, to_end: bool = False) -> None:
        """Make room for the lines there are, follow if that is wanted, and repaint lines `first` up to `last`."""
        height = self.size.height
        top = self.scroll_offset.y
        if self._following and to_end:
            top = self._end_top()
        elif self._following and self._lines > top + height:
            top = self._lines - height + height // 2
        self.virtual_size = Size(self._width, max(self._lines, top + height if self._following else 0))
        if top != self.scroll_offset.y:
            self._move(top)
        else:
            self.refresh_lines(first, last - first)

    def _move(self, top: int) -> None:
        self.virtual_size = Size(self._width, max(self._lines, top + self.size.height))
        self.scroll_target_y = top
        self.scroll_y = top

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.prevent_default()  # Textual calls the handler of every base class, and they scroll too
        event.stop()
        self.scroll_lines(-3)

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.prevent_default()
        event.stop()
        self.scroll_lines(3)

    def on_resize(self, event: events.Resize) -> None:
        """Lay out again for a new width; a new height only moves the view."""
        if event.size.width - MARGIN != self._width:
            self._width = event.size.width - MARGIN
            self._lay_out_all()
        else:
            self._settle(0, 0, to_end=True)
            self.refresh()

    def notify_style_update(self) -> None:
        """The theme may have changed, and strips carry colours; those of the component classes are set after this."""
        super().notify_style_update()
        if self._width:
            self.call_later(self._restyle)

    def _restyle(self) -> None:
        if self._width and self._styles() != self._styled:
            self._lay_out_all()

    def render_line(self, y: int) -> Strip:
        """The strip of one row of the screen."""
        row, width = self.scroll_offset.y + y, self.size.width
        if row >= self._lines:
            return Strip.blank(width, self.rich_style)
        index = bisect_right(self._starts, row) - 1
        strip = self._layouts[index].strips[row - self._starts[index]]
        return strip.adjust_cell_length(width).apply_style(self.rich_style)
