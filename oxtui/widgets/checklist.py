"""The checklist: the steps and items of a scenario with their states, values, times and warnings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from msgspec import Struct, field
from textual.geometry import Region

from oxtui.cases.case import Case
from oxtui.cases.events import Event
from oxtui.playbook.model import Item, Step
from oxtui.playbook.permits import name_of
from oxtui.playbook.progress import State, Status
from oxtui.text import cells
from oxtui.widgets.glyphs import UNICODE, Glyphs
from oxtui.widgets.ink import Line, Span, bar, cut, spread, width_of, wrap
from oxtui.widgets.paper import NOBODY, Rows

_QUIET = (State.DONE, State.OVERRIDDEN, State.NOT_APPLICABLE)


class Row(Struct, frozen=True):
    """One row that the cursor can rest on: an item of the scenario, or one of another that has to be taken back."""

    item: Item
    status: Status
    scenario: int
    unwind: bool = False


class Shown(Struct):
    """What the checklist shows beside the case: answers stepped to, changes under way, short answers ready."""

    offered: dict[str, int] = field(default_factory=dict)
    """The answer shown for a question that is not answered yet, by its place."""
    picked: dict[str, set[int]] = field(default_factory=dict)
    """The answers marked for a question that takes several."""
    pending: frozenset[str] = frozenset()
    notes: Mapping[str, str] = field(default_factory=dict)
    """A word for an item from elsewhere (what the evidence proposes)."""


class Checklist(Rows):
    """One widget for all items; it posts what the agent means, the screen decides."""

    def __init__(self, *, id: str | None = None, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(id=id, glyphs=glyphs)
        self.case: Case | None = None
        self.shown = Shown()
        self.rows: list[Row] = []
        self.inline_nb = False
        self.warnings: Callable[[], Iterable[str]] = tuple
        """Gives the NBs of the current item, drawn above it where there is no room beside."""
        self.when: Callable[[datetime], str] = str
        """Writes the moment of an entry: the time, or the day, in five cells."""

    # -- rows
    def show(self, case: Case) -> None:
        """Draw a case, with the cursor where it was."""
        at = self.current
        self.case = case
        self.rows = list(_rows(case))
        if at is not None:
            self.cursor = next(
                (n for n, row in enumerate(self.rows) if (row.scenario, row.item.id) == (at.scenario, at.item.id)),
                0,
            )
        self.redraw()

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    def go_to_next(self, after: str = "") -> None:
        """Put the cursor on the next row that can be worked on: behind `after`, else from the top."""
        start = next((n + 1 for n, row in enumerate(self.rows) if row.item.id == after), 0)
        order = [*range(start, len(self.rows)), *range(start)]
        ready = (State.TODO, State.STALE, State.UNWIND)
        for place in order:
            row = self.rows[place]
            wanted = row.status.state in ready and not (row.item.optional and row.status.state is State.TODO)
            if wanted and row.item.id not in self.shown.pending:
                self.put_cursor(place)
                return

    def choices(self) -> list[int]:
        return list(range(len(self.rows)))

    # -- drawing
    def content(self, width: int) -> Iterable[tuple[Line, int]]:
        if self.case is None or self.case.scenario is None:
            return
        index = {(row.scenario, row.item.id): place for place, row in enumerate(self.rows)}
        for row in self.rows:
            if row.unwind:
                yield from self._item(row, index[row.scenario, row.item.id], width)
        for number, step in enumerate(self.case.scenario.steps):
            mine = [row for row in self.rows if not row.unwind and row.item in step.items]
            if not mine:
                continue
            if number or any(row.unwind for row in self.rows):
                yield (), NOBODY
            yield self._heading(step, number, width), NOBODY
            for row in mine:
                yield from self._item(row, index[row.scenario, row.item.id], width)

    def _heading(self, step: Step, number: int, width: int) -> Line:
        assert self.case is not None
        statuses = [self.case.statuses[item.id] for item in step.items]
        counted = [status for status in statuses if status.applies and not status.item.optional]
        done = sum(status.state in (State.DONE, State.OVERRIDDEN) for status in counted)
        left = ((f"{number + 1}  ", "strong"), (step.title, "strong"))
        count: Line = ((f"  {done}/{len(counted)} ", "strong" if done < len(counted) else "done"),)
        if width >= 50 and counted:
            count = (*bar(done, len(counted), 8, self.glyphs.bar, self.glyphs.bar_rest), *count)
        return spread(left, count, width)

    def lead(self, place: int) -> bool:
        line = self._lines[place]
        return bool(line) and (line[0][1].startswith("nb") or line[0][1] == "strong")

    def show_cursor(self) -> None:
        """The answers and the sentence under the current item come into view with it, as far as there is room."""
        owned = [place for place, owner in enumerate(self._owners) if owner == self.cursor]
        if owned:
            last = owned[-1]
            while last + 1 < len(self._lines) and self._lines[last + 1] and self._owners[last + 1] == NOBODY:
                last += 1
            self.scroll_to_region(
                Region(0, owned[0], 1, last - owned[0] + 1), animate=False, force=True, immediate=True
            )
        super().show_cursor()

    def _item(self, row: Row, index: int, width: int) -> Iterator[tuple[Line, int]]:
        current = index == self.cursor
        if current and self.inline_nb:
            for warning in self.warnings():
                for place, line in enumerate(
                    wrap(((f"{self.glyphs.nb} NB ", "nb-chip"), (warning, "nb")), width - 2, 5)
                ):
                    indent: Line = (("     ", "nb"),) if place else ()  # the ground of an NB has no hole
                    yield ((f"{self.glyphs.edge} ", "nb-chip"), *indent, *line[bool(place) :], (" ", "nb")), NOBODY
        state = State.PENDING if row.item.id in self.shown.pending else row.status.state
        sign, role = self._sign(row, state)
        pointer = self.glyphs.cursor if current else " "
        text_role = {
            State.TODO: "text", State.STALE: "strong", State.UNWIND: "strong", State.PENDING: "quiet",
        }.get(state, "quiet" if state in _QUIET else "locked")  # fmt: skip
        text = row.item.reverse if state is State.UNWIND else row.item.text
        head: Line = ((pointer, "accent"), (f"{sign} ", role))
        right = self._right(row, state, current, width)
        lines = wrap(((text, text_role),), width - 4)
        room = width - width_of(lines[0]) - 6
        beside = not right or (len(lines) == 1 and width_of(right) <= room)
        if state is State.DONE and right and not beside and self._is_time(right[-1]):  # the time gives way first
            right = right[:-1]
            beside = not right or (len(lines) == 1 and width_of(right) <= room)
        if right and not beside and not current and len(lines) == 1 and room >= 16:
            right, beside = cut(right, room, self.glyphs.ellipsis), True
        yield spread((*head, *lines[0]), (*right, (" ", "text")) if right and beside else (), width), index
        for line in lines[1:]:
            yield (("   ", "text"), *line), index
        if right and not beside:
            for line in wrap(right, width - 4) if current else [cut(right, width - 4, self.glyphs.ellipsis)]:
                yield (("   ", "text"), *line), index
        if current:
            for line in self._below(row, state, width):
                yield line, NOBODY

    def _is_time(self, span: Span) -> bool:
        """Whether a span at the right is only when something was done: `10:46`, or `23/11` on an earlier day."""
        text = span[0].strip()
        return span[1] == "quiet" and len(text) == 5 and text[2] in ":/"

    def _sign(self, row: Row, state: State) -> tuple[str, str]:
        glyphs = self.glyphs
        if state is State.TODO:
            if row.item.killer:
                return glyphs.killer, "nb-chip"
            return (glyphs.question if row.item.kind == "question" else glyphs.action), "accent"
        role = {
            State.DONE: "done", State.OVERRIDDEN: "due", State.DEFERRED: "due", State.STALE: "trouble",
            State.UNWIND: "trouble", State.PENDING: "quiet",
        }.get(state, "locked")  # fmt: skip
        return glyphs.of(state), role

    def _right(self, row: Row, state: State, current: bool, width: int) -> Line:
        assert self.case is not None
        item, status = row.item, row.status
        stands = status.done - len(status.again)
        count: Line = ((f"{stands} of {status.of} ", "strong"),) if item.each and status.of else ()
        if state is State.PENDING:
            return (("saving", "quiet"),)
        if state is State.DONE:
            return (*count, *self._done(row, width))
        if state is State.STALE:
            return (
                (("check again: ", "trouble"), (status.why, "text")) if width >= 70 else (("check again", "trouble"),)
            )
        if state is State.UNWIND:
            return (("take back", "trouble"),)
        if state is State.OVERRIDDEN:
            entry = self._entry(row, skipped=True)
            return (("skipped: ", "due"), (str(entry.get("reason", "")) if entry else "", "quiet"))
        if state is State.DEFERRED:
            entry = self._entry(row, deferred=True)
            return (("later: ", "due"), (_day(str(entry.get("until", "")) if entry else ""), "text"))
        if state is State.LOCKED and status.waits:
            first = self.case.scenario.by_id[status.waits[0].atom.item] if self.case.scenario else item
            more = f" +{len(status.waits) - 1}" if len(status.waits) > 1 else ""
            return (
                *(count if status.done else ()),
                ("waits for ", "locked"),
                (name_of(first) + more, "quiet"),
            )
        if state is State.TODO and item.optional:
            return (("optional", "quiet"),)
        copied: Line = (("copied ", "done"), (at, "quiet")) if (at := self._copied(row)) else ()
        if state is State.TODO and current and width >= 50 and not copied:
            return (*count, *self._how(item))
        return (*count, *copied)

    def _copied(self, row: Row) -> str:
        """When a template of the item was copied, where that was since it was last sent; else ""."""
        assert self.case is not None
        names = {name for name, _ in row.item.templates}
        if not names or not self.case.scenario:
            return ""
        mine = (item for item in self.case.scenario.items() if names.intersection(name for name, _ in item.templates))
        items = {item.id for item in mine}
        for entry in reversed(self.case.log):
            if entry.what == "ticked" and entry.get("item") in items:
                return ""
            if entry.what == "copied" and entry.get("template") in names:
                return self.when(entry.at)
        return ""

    def _how(self, item: Item) -> Line:
        """The key that does the current item; none where it would be refused."""
        if self.case and (not self.case.call.live or (item.client and not self.case.call.with_client)):
            return (("needs the client", "quiet"),) if item.client else ()
        if item.killer or (self.case and self.case.scenario and item.id in self.case.scenario.witnesses):
            return (("enter: confirm", "quiet"),) if item.kind == "action" else ()
        if item.quote:
            return (("c: calculator", "quiet"),)
        if item.kind == "action" and self.case and len(self.case.ways(item)) < 2:
            return (("space: done", "quiet"),)
        return ()

    def _entry(self, row: Row, *, skipped: bool = False, deferred: bool = False) -> Event | None:
        assert self.case is not None
        record = self.case.records.get(row.scenario, {}).get(row.item.id)
        if record is None:
            return None
        if skipped or deferred:
            return self.case.event(record.skipped if skipped else record.deferred)
        mark = next(iter(record.marks.values()), None)
        return self.case.event(mark.event) if mark else None

    def _done(self, row: Row, width: int) -> Line:
        entry = self._entry(row)
        value = value_text(self.case, row.item) if self.case else ""
        spans: list[Span] = [(value, "strong")] if value else []
        if entry and width >= 50:
            by = str(entry.get("by", "me"))
            who = f"{by}  " if by not in ("me", "") else ""
            time = self.when(entry.at)
            spans.append((f"  {who}{time}" if value or who else time, "quiet"))
        return tuple(spans)

    def _below(self, row: Row, state: State, width: int) -> Iterator[Line]:
        """What stands under the current item: its answers, and the sentence to say."""
        item = row.item
        if state in (State.LOCKED, State.PENDING, State.UNWIND, State.NOT_APPLICABLE):
            if state is State.LOCKED and row.status.waits and width < 50:
                return
        elif item.kind == "question" and item.answers:
            yield from self._offers(row, width)
        elif item.through and state is not State.DONE and self.case:
            ways = self.case.ways(item)
            names = [
                (f"{place + 1} ", "key") if not odd else (f"{name}   ", "text")
                for place, name in enumerate(ways)
                for odd in (0, 1)
            ]
            offered = names if len(ways) > 1 else [("through ", "quiet"), (ways[0], "text")]
            yield from wrap((("   ", "text"), *offered), width, 3)
        elif item.kind == "question" and state is not State.DONE:
            word = {"date": "enter: type the date", "dates": "enter: type both dates"}.get(
                item.select, "enter: type it"
            )
            yield (("   ", "text"), (word, "quiet"))
        some = 0 < row.status.done < row.status.of or 0 < len(row.status.again) < row.status.of
        if state in (State.TODO, State.STALE) and some:
            yield from wrap((("   still  ", "due"), (", ".join(self._still(item)), "text")), width - 1, 10)
        if item.say and state in (State.TODO, State.STALE):
            yield from wrap((("   say  ", "accent"), (item.say, "quiet")), width - 1, 8)

    def _still(self, item: Item) -> list[str]:
        """The mailboxes that an item is still to be done for, short where all are of the case's domain."""
        assert self.case is not None
        return [name.removesuffix(self.case.domain) for name in self.case.left(item)]

    def _offers(self, row: Row, width: int) -> Iterator[Line]:
        item = row.item
        shown = self.shown.offered.get(item.id)
        marks = self.case.record(item.id).marks if self.case else {}
        given = {answer for mark in marks.values() for answer in mark.value}
        spans: list[Span] = []
        lines: list[Line] = []
        used = 3
        for place, answer in enumerate(item.answers):
            chosen = place == shown or (shown is None and answer.id in given)
            if item.select == "several" and item.id in self.shown.picked:
                chosen = place in self.shown.picked[item.id]
            sign = (self.glyphs.done if item.select == "several" else self.glyphs.cursor) if chosen else ""
            size = cells(answer.text) + cells(sign) + 5
            if used + size > width and spans:
                lines.append((("   ", "text"), *spans))
                spans, used = [], 3
            spans += [(f"{place + 1} ", "key"), (sign + answer.text, "chip" if chosen else "text"), ("   ", "text")]
            used += size
        note = self.shown.notes.get(item.id, "")
        if note and used + cells(note) < width:
            spans.append((note, "quiet"))
        lines.append((("   ", "text"), *spans))
        yield from lines


def _rows(case: Case) -> Iterator[Row]:
    for number, item in case.unwinds:
        yield Row(item, Status(item, State.UNWIND, (), item.reverse), number, unwind=True)
    if not case.scenario:
        return
    for item in case.scenario.items():
        status = case.statuses[item.id]
        if status.state is not State.NOT_APPLICABLE:
            yield Row(item, status, case.scenario.number)


def value_text(case: Case | None, item: Item) -> str:
    """The value of a done item in a few words: answer, number, channel, amount."""
    if case is None:
        return ""
    marks = case.record(item.id).marks
    if not marks:
        return ""
    first = next(iter(marks.values()))
    entry = case.event(first.entry)
    if item.quote and case.quote and case.quote.discount is not None:
        from oxtui.cases.money import money

        return money(case.quote.discount)
    if item.kind == "question":
        values = {mark.value for mark in marks.values()}
        if len(values) > 1:
            return "mixed"
        if item.select in ("date", "dates"):
            return " to ".join(_day(value) for value in first.value)
        names = [answer.text if (answer := item.answer(value)) else value for value in first.value]
        return ", ".join(names)
    values_told = [str(text) for text in (entry.get("values", {}) if entry else {}).values()]
    return ", ".join(values_told) or (str(entry.get("through", "")) if entry else "")


def _day(iso: str) -> str:
    """An ISO date (and time) as people on the floor write it."""
    if len(iso) < 10:
        return iso
    text = f"{iso[8:10]}/{iso[5:7]}/{iso[2:4]}"
    return f"{text} {iso[11:16]}" if len(iso) > 10 else text
