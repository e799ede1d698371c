"""Scrolling through a document: following its end or staying where somebody reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.transcript.document import Document
from tui.transcript.tone import Palette, Tone

if TYPE_CHECKING:
    from rich.style import Style
    from textual import events

MARGIN = 2  # cells at the right: the scrollbar and an empty one; padding would crop rows, since the line API ignores it


class DocumentView(ScrollView, inherit_bindings=False):
    """Shows the rows of a document; follows its end until the user scrolls up.

    While it follows, it moves by half a page when the text reaches the bottom, so that most new text costs the
    terminal a few cells.
    """

    class Followed(Message, namespace="transcript"):
        """New text began or ceased to move the view."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 # Textual's own name
        super().__init__(id=id)
        self._document = Document()
        self._following = True
        self._styled: dict[Tone, Style] = {}

    @property
    def following(self) -> bool:
        """Whether new text moves the view."""
        return self._following

    @property
    def line_count(self) -> int:
        """Rows of all blocks; those of blocks that were never in sight are estimated."""
        return self._document.heights.total

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._set_following(True)
        if self._document.width:
            self._document.measure_up(len(self._document.blocks), self.size.height)
            self._settle(0, self.line_count, to_end=True)

    def scroll_pages(self, pages: float) -> None:
        """Scroll by a part of the height; up stops following, reaching the end starts it again."""
        self.scroll_lines(round(pages * max(1, self.size.height - 1)))

    def scroll_home_now(self) -> None:
        """Go to the first row."""
        self._move(0)

    def scroll_lines(self, lines: int) -> None:
        """Scroll by lines, down if positive; never beyond the last."""
        document, top = self._document, self.scroll_offset.y
        if not document.blocks or not document.width:
            return
        index, within = document.heights.at(top)
        beyond = top - document.heights.start(index) - within
        if lines < 0:
            document.measure_up(index, -lines - within)
        else:
            document.measure_down(top, lines + self.size.height)
        top, end = document.heights.start(index) + within + beyond, self._end_top()
        self._move(max(top, end) if top + lines >= end and lines > 0 else max(0, top + lines))

    def show(self, index: int, row: int) -> None:
        """Bring a row of a block into view, and what fits of the block under it, moving no more than needed."""
        document, height = self._document, self.size.height
        if not document.width:
            return
        rows = len(document.layout(index).strips)
        if document.heights.start(index) + row < self.scroll_offset.y:
            self._move(document.heights.start(index) + row)
            return
        document.measure_up(index, height)
        last = document.heights.start(index) + max(row, min(rows - 1, row + height - 1))
        if last >= self.scroll_offset.y + height:
            self._move(max(0, last - height + 1))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Whoever scrolled: at the end or beyond it new text is followed, above it is not."""
        super().watch_scroll_y(old_value, new_value)
        top = round(new_value)
        if self._document.width:
            before = self.line_count
            self._document.measure_down(top, self.size.height)
            if before != self.line_count:
                self.virtual_size = Size(self._document.width, max(self.line_count, top + self.size.height))
        self._set_following(top >= self._end_top())

    def _set_following(self, following: bool) -> None:
        if following != self._following:
            self._following = following
            self.post_message(self.Followed())

    def _end_top(self) -> int:
        return max(0, self.line_count - self.size.height)

    def _lay_out_all(self) -> None:
        """Width or colours are new: whoever follows sees the end, whoever reads stays where he reads."""
        document, top = self._document, self.scroll_offset.y
        place = None
        if document.width and not self._following and 0 <= top < self.line_count:
            index, row = document.heights.at(top)
            place = index, row / document.heights.height(index)
        self._styled = self._styles()
        document.style(self.size.width - MARGIN, Palette(self._styled))
        if place is None:
            self.follow()
        else:
            index, share = place
            rows = len(document.layout(index).strips)
            self._move(document.heights.start(index) + round(share * rows))
        self.refresh()

    def _styles(self) -> dict[Tone, Style]:
        return {tone: self.get_component_rich_style(f"transcript--{tone.value}", partial=True) for tone in Tone}

    def _settle(self, first: int, last: int, *, to_end: bool = False) -> None:
        """Make room for the lines there are, follow if that is wanted, and repaint lines `first` up to `last`."""
        height, lines = self.size.height, self.line_count
        top = self.scroll_offset.y
        if self._following and to_end:
            top = self._end_top()
        elif self._following and lines > top + height:
            top = lines - height + height // 2
        self.virtual_size = Size(self._document.width, max(lines, top + height if self._following else 0))
        if top != self.scroll_offset.y:
            self._move(top)
        else:
            self.refresh_lines(first, last - first)

    def _move(self, top: int) -> None:
        self.virtual_size = Size(self._document.width, max(self.line_count, top + self.size.height))
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
        if event.size.width - MARGIN != self._document.width:
            self._lay_out_all()
        else:
            self._document.measure_down(self.scroll_offset.y, self.size.height)
            self._settle(0, 0, to_end=True)
            self.refresh()

    def notify_style_update(self) -> None:
        """The theme may have changed, and strips carry colours; those of the component classes are set after this."""
        super().notify_style_update()
        if self._document.width:
            self.call_later(self._restyle)

    def _restyle(self) -> None:
        if self._document.width and self._styles() != self._styled:
            self._lay_out_all()

    def render_line(self, y: int) -> Strip:
        """The strip of one row of the screen."""
        row, width = self.scroll_offset.y + y, self.size.width
        if row >= self.line_count:
            return Strip.blank(width, self.rich_style)
        strip = self._decorated(*self._document.strip(row))
        return strip.adjust_cell_length(width).apply_style(self.rich_style)

    def _decorated(self, index: int, row: int, strip: Strip) -> Strip:
        """A row as it is shown."""
        return strip
