"""The checklist: the steps and items of a scenario with their states, values, times and warnings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final

from oxtui.cases.case import Case
from oxtui.cases.outcome import value_text
from oxtui.cases.status import SETTLED, State
from oxtui.cases.wording import few
from oxtui.playbook.model import Step
from oxtui.widgets.item_rows import Row, Shown, Told, is_open, rows_of
from oxtui.widgets.item_words import Look, below, right_of
from oxtui.widgets.rows import Rows
from oxtui.widgets.spans import Line, Span, bar, cut, spread, width_of, wrap
from oxtui.widgets.text_view import NOBODY

__all__ = ["Checklist", "Row", "Shown", "Told", "value_text"]

MOST_WIDE: Final = 92
"""Cells: on a wide pane a value stays beside its question."""
_QUIET: Final = (State.DONE, State.SKIPPED, State.NOT_APPLICABLE)
_ROLES: Final = {
    State.TODO: "text",
    State.STALE: "strong",
    State.OUT_THERE: "strong",
    State.PENDING: "quiet",
    State.IN_DOUBT: "text",
}
_SIGN_ROLES: Final = {
    State.DONE: "done",
    State.SKIPPED: "due",
    State.PUT_OFF: "due",
    State.STALE: "trouble",
    State.IN_DOUBT: "due",
    State.OUT_THERE: "trouble",
    State.PENDING: "quiet",
}


class Checklist(Rows[Row]):
    """One widget for all items; it posts what the agent means, the screen decides."""

    case: Case | None = None
    inline_nb = False
    warnings: Callable[[], Iterable[str]] = tuple
    """Gives the NBs of the current item, drawn above it where there is no room beside."""
    when: Callable[[datetime], str] = str
    """Writes the moment of an event: the time, or the day, in five cells."""
    _told = 0
    """How many lines say why the last key was refused."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.shown = Shown()

    # -- rows
    def show(self, case: Case) -> None:
        """Draw a case, with the cursor where it was."""
        at = self.current
        self.case = case
        self.rows = list(rows_of(case))
        if at is not None:
            self.cursor = next((n for n, row in enumerate(self.rows) if row.key == at.key), self._near(at))
        self.redraw()

    def _near(self, gone: Row) -> int:
        """The row that stands where one that is gone stood: the first item after it that is still shown."""
        order = [item.id for item in self.case.scenario.items()] if self.case and self.case.scenario else []
        if not gone.ours or gone.item.id not in order:
            return 0
        later = order[order.index(gone.item.id) :]
        return next((n for n, row in enumerate(self.rows) if row.ours and row.item.id in later), 0)

    def go_to_next(self, after: str = "", first: Iterable[str] = ()) -> None:
        """Put the cursor on the next row that can be worked on: one of `first`, else behind `after`, else from the top.

        A question that was left open (not yet) comes after those that nobody has answered.
        """
        wanted = list(first)
        asked = [n for n, row in enumerate(self.rows) if row.ours and row.item.id in wanted and self._workable(row)]
        if asked:  # what was taken back is asked again
            self.put_cursor(asked[0])
            return
        start = next((n + 1 for n, row in enumerate(self.rows) if row.ours and row.item.id == after), 0)
        order = [*range(start, len(self.rows)), *range(start)]
        ready = [place for place in order if self._workable(self.rows[place])]
        fresh = [place for place in ready if not self._left_open(self.rows[place])]
        if ready:
            self.put_cursor((fresh or ready)[0])

    def _workable(self, row: Row) -> bool:
        if row.item.id in self.shown.pending:
            return False
        if row.item.optional and row.status.state is State.TODO:
            return False
        return row.status.state in (State.TODO, State.STALE, State.OUT_THERE)

    def _left_open(self, row: Row) -> bool:
        return self.case is not None and row.ours and is_open(self.case, row.item)

    def put_cursor(self, index: int) -> None:
        """Move the cursor to a row; what was refused before is told no more."""
        if index != self.cursor:
            self.shown.told = None
        super().put_cursor(index)

    # -- drawing
    def content(self, width: int) -> Iterable[tuple[Line, int]]:
        if self.case is None or not self.rows:
            return
        width = min(width, MOST_WIDE)
        lead = [place for place, row in enumerate(self.rows) if not row.ours]
        for place in lead:
            yield from self._item(self.rows[place], place, width)
        for number, step in enumerate(self.case.scenario.steps if self.case.scenario else ()):
            mine = [place for place, row in enumerate(self.rows) if row.ours and row.item in step.items]
            if not mine:
                continue
            if number or lead:
                yield (), NOBODY
            folded = self._folded(mine)
            # a folded step is its first row's: the cursor or the mouse on it opens it
            yield self._heading(step, number, mine, width, folded=folded), mine[0] if folded else NOBODY
            for place in () if folded else mine:
                yield from self._item(self.rows[place], place, width)

    def _folded(self, places: list[int]) -> bool:
        """Whether all of a step is done and the cursor is elsewhere: then it is one line."""
        return self.cursor not in places and all(
            not row.status.open and row.item.id not in self.shown.pending for row in (self.rows[n] for n in places)
        )

    def _heading(self, step: Step, number: int, places: list[int], width: int, *, folded: bool) -> Line:
        assert self.case is not None
        statuses = [self.rows[place].status for place in places]
        counted = [status for status in statuses if not status.item.optional or status.state in SETTLED]
        done = sum(status.state in SETTLED for status in counted)
        left: list[Span] = [(f"{number + 1}  ", "strong"), (step.title, "strong")]
        count: Line = ((f"  {done}/{len(counted)} ", "strong" if done < len(counted) else "done"),)
        if width >= 50 and counted and not folded:
            count = (*bar(done, len(counted), 8, self.glyphs.bar, self.glyphs.bar_rest), *count)
        if folded:
            left[0] = (f"{self.glyphs.done}  ", "done")
            count = (*count, (f"{self._last(places)} ", "quiet"))
            room = width - width_of(left) - width_of(count) - 5
            values = [text for place in places if (text := value_text(self.case, self.rows[place].item))]
            if values and room >= 16:
                words = " · ".join(dict.fromkeys(values))
                left += [("   ", "text"), *cut(((words, "quiet"),), room, self.glyphs.ellipsis)]
        return spread(left, count, width)

    def _last(self, places: list[int]) -> str:
        """When the last of some rows was marked."""
        assert self.case is not None
        marks = [mark for place in places for mark in self.case.marks(self.rows[place].item.id).values()]
        events = [event for mark in marks if (event := self.case.event(mark.event))]
        return self.when(max(event.at for event in events)) if events else ""

    def lead(self, place: int) -> bool:
        line = self._lines[place]
        return bool(line) and (line[0][1].startswith("nb") or line[0][1] == "strong")

    def show_cursor(self) -> None:
        """The current item stands in the upper part of the page, with its NBs above it and what belongs to it below.

        Where there is no room for all, the item and why it was refused come first, then its NBs.
        """
        owned = [place for place, owner in enumerate(self._owners) if owner == self.cursor]
        room = self.scrollable_content_region.height
        if not owned or room <= 0:
            return
        must = owned[-1] + self._told
        first, last = owned[0], must
        while first > 0 and self._owners[first - 1] == NOBODY and self.lead(first - 1) and must - first + 1 < room:
            first -= 1
        while last + 1 < len(self._lines) and self._lines[last + 1] and self._owners[last + 1] == NOBODY:
            last += 1
        last = min(last, first + room - 1)
        top = self.scroll_offset.y
        # what is done lies behind, what comes next is wanted: it is scrolled before the end is reached
        if top <= first and last < top + (room if last - first >= room * 2 // 3 else room * 2 // 3):
            return
        target = max(last - room + 1, min(first, owned[0] - room // 3), 0)
        self.scroll_to(y=target, animate=False, force=True, immediate=True)

    def _item(self, row: Row, index: int, width: int) -> Iterator[tuple[Line, int]]:
        current = index == self.cursor
        if current and self.inline_nb:
            yield from ((line, NOBODY) for line in self._nbs(width))
        state = State.PENDING if row.item.id and row.item.id in self.shown.pending else row.status.state
        sign, role = self._sign(row, state)
        head: Line = ((self.glyphs.cursor if current else " ", "accent"), (sign, role), (" ", "text"))
        text_role = _ROLES.get(state, "quiet" if state in _QUIET else "locked")
        lines = wrap(((self._text(row), text_role),), width - 4)
        right = right_of(self._look(), row, state, width, current=current)
        room = width - width_of(lines[0]) - 6
        beside = not right or (len(lines) == 1 and width_of(right) <= room)
        if state is State.DONE and right and not beside and _is_time(right[-1]):  # the time gives way first
            right = right[:-1]
            beside = not right or (len(lines) == 1 and width_of(right) <= room)
        if state is State.TODO and not beside and all(role == "quiet" for _, role in right):
            right = ()  # the footer says which key does it
        if right and not beside and not current and len(lines) == 1 and room >= 16:
            right, beside = cut(right, room, self.glyphs.ellipsis), True
        yield spread((*head, *lines[0]), (*right, (" ", "text")) if right and beside else (), width), index
        for line in lines[1:]:
            yield (("   ", "text"), *line), index
        if right and not beside:
            for line in wrap(right, width - 4) if current else [cut(right, width - 4, self.glyphs.ellipsis)]:
                yield (("   ", "text"), *line), index
        if current:
            told = list(self._refusal(row, width))
            self._told = len(told)
            yield from ((line, NOBODY) for line in told)
            yield from ((line, NOBODY) for line in below(self._look(), row, state, width))

    def _look(self) -> Look:
        assert self.case is not None
        return Look(self.case, self.shown, self.glyphs, self.when)

    def _text(self, row: Row) -> str:
        assert self.case is not None
        if row.kind == "cover":
            return f"Added after the order: {few(self.case, row.mailboxes)}. {row.item.text}"
        return f"{row.item.text} (scenario {row.scenario})" if row.kind == "left" else row.item.text

    def _nbs(self, width: int) -> Iterator[Line]:
        for warning in self.warnings():
            for place, line in enumerate(wrap(((f"{self.glyphs.nb} NB ", "nb-chip"), (warning, "nb")), width - 2, 5)):
                indent: Line = (("     ", "nb"),) if place else ()  # the ground of an NB has no hole
                yield ((f"{self.glyphs.edge} ", "nb-chip"), *indent, *line[bool(place) :], (" ", "nb"))

    def _refusal(self, row: Row, width: int) -> Iterator[Line]:
        """Why the last key was refused: under its row, so that it covers nothing and takes no row from the page."""
        told = self.shown.told
        if told is None or told.row != row.key:
            return
        hint: Line = ((f" {self.glyphs.arrow} {told.hint}", "text"),) if told.hint else ()
        yield from wrap(
            (("   ", "text"), (f"{self.glyphs.locked} ", "trouble"), (told.message, "strong"), *hint), width - 1, 5
        )

    def _sign(self, row: Row, state: State) -> tuple[str, str]:
        glyphs = self.glyphs
        if state is State.TODO:
            if row.item.killer:
                return glyphs.killer, "nb-chip"
            left_open = self._left_open(row)
            return (
                glyphs.question if row.item.kind == "question" else glyphs.action,
                "due" if left_open or row.kind == "cover" else "accent",
            )
        return glyphs.of(state), _SIGN_ROLES.get(state, "locked")


def _is_time(span: Span) -> bool:
    """Whether a span at the right is only when something was done: `10:46`, or `23/11` on an earlier day."""
    text = span[0].strip()
    return span[1] == "quiet" and len(text) == 5 and text[2] in ":/"
