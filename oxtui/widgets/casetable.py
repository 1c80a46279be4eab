"""The open cases on Home: due, in hand, waiting; and the detail of the one under the cursor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from oxtui.cases.dates import short_day, weekday
from oxtui.cases.overview import Cleared, Overview
from oxtui.cases.parts import moment_of
from oxtui.playbook.model import Procedure
from oxtui.text import cells, clip
from oxtui.widgets.callflow import flow_listed
from oxtui.widgets.rows import Rows
from oxtui.widgets.spans import Line, Span, bar, cut, spread, wrap
from oxtui.widgets.text_view import NO_ROW

GROUPS = (("due", "due", "due"), ("in hand", "in hand", "accent"), ("waiting", "waiting", "quiet"))


class CaseTable(Rows[Overview]):
    """Open cases in a line each, in groups."""

    now: datetime | None = None
    filtered = ""
    whole = True
    signs: Mapping[str, tuple[str, str]] = {}
    """Who is on the line, by case: words, and their role."""
    others = False
    """Whether whose a case is stands beside it."""
    procedure: Procedure | None = None
    """What a first call is taught by, where there is no case yet."""
    _longest = 0
    _laid: dict[tuple[Overview, bool, tuple[str, str] | None], list[Line]]
    _laid_for: tuple[object, ...] = ()

    def show(
        self,
        cases: Sequence[Overview],
        now: datetime,
        filtered: str = "",
        *,
        whole: bool = True,
        signs: Mapping[str, tuple[str, str]] | None = None,
        at: str = "",
        others: bool = False,
    ) -> None:
        """Draw these cases (in the order given), with the cursor on case `at`, else on the one it was on.

        Without `whole`, more are to come: those in hand and waiting are not counted yet. `signs`: who is on the line.
        With `others` it is told whose each is.
        """
        before = self.current.id if self.current else ""
        self.signs, self.others = signs or {}, others
        self.rows, self.now, self.filtered, self.whole = cases, now, filtered, whole
        self._longest = max((cells(row.domain) for row in cases), default=0)
        places = {row.id: place for place, row in enumerate(cases)}
        self.cursor = places.get(at, places.get(before, 0))
        self.redraw()

    def lead(self, place: int) -> bool:
        return bool(self._lines[place])

    def owned(self, width: int) -> Iterable[tuple[Line, int]]:
        if not self.rows:
            yield from self._empty(width)
            return
        # A key that moves the cursor lays two rows out, not a thousand.
        laid_for = (width, self._longest, self.others, self.now and self.now.date())
        if laid_for != self._laid_for or len(self._laid) > 3 * len(self.rows) + 100:
            self._laid_for = laid_for
            self._laid = {}
        first = True
        for status, title, role in GROUPS:
            mine = [(n, row) for n, row in enumerate(self.rows) if row.status == status]
            if not mine:
                continue
            if not first:
                yield (), NO_ROW
            first = False
            sign = f"{self.glyphs.nb} " if status == "due" else ""
            count = str(len(mine)) if self.whole or status == "due" else ""
            yield ((f"{sign}{title}", role), (f"  {count}", "quiet")), NO_ROW
            for place, row in mine:
                key = (row, place == self.cursor, self.signs.get(row.id))
                if key not in self._laid:
                    self._laid[key] = self._row(row, place == self.cursor, width)
                for line in self._laid[key]:
                    yield line, place

    def _empty(self, width: int) -> Iterable[tuple[Line, int]]:
        if self.filtered:
            text: tuple[Span, ...] = (
                (f"No open case fits '{self.filtered}'. ", "text"),
                ("h", "key"),
                (" searches the closed ones.", "quiet"),
            )
        else:
            for line in self._teaching():
                yield from ((row, NO_ROW) for row in wrap(line, width, 10 if line and line[0][1] == "key" else 4))
            return
        yield (), NO_ROW
        for line in wrap(text, width):
            yield line, NO_ROW

    def _teaching(self) -> Iterable[Line]:
        """A first call: the three keys that it begins with, and the questions that lead to the scenario."""
        yield ()
        yield (("No open case. A call begins like this:", "text"),)
        yield ()
        procedure = self.procedure
        subject = procedure.about.label if procedure else "subject"
        yield ("  n       ", "key"), (f"type the client's {subject}, then enter", "text")
        if procedure is None or procedure.gated:
            yield ("  a       ", "key"), ("the client is authenticated", "text")
        if procedure and procedure.flow:
            digits = " ".join(str(number) for number in procedure.scenarios)
            yield (f"  {digits:<8}", "key"), ("the scenario, which these questions lead to:", "text")
            yield ()
            yield (("    ", "text"), (procedure.flow[0].text, "strong"))
            for line in flow_listed(procedure, "key"):
                yield (("    ", "text"), *line)
        yield ()
        yield (
            ("oxtui demo ", "key"),
            ("has sample cases to try it on; ", "quiet"),
            ("?", "key"),
            (" explains each screen.", "quiet"),
        )

    def _row(self, row: Overview, current: bool, width: int) -> list[Line]:
        pointer: Span = (self.glyphs.cursor + " " if current else "  ", "accent")
        what = self._what(row)
        name = (
            f"{row.scenario} {row.title}"
            if row.scenario
            else ("no scenario yet" if row.authenticated else "not authenticated")
        )
        name_role = "text" if row.scenario else ("quiet" if row.authenticated else "trouble")
        count = f"{row.done:>2}/{row.total:<2}" if row.total else "     "
        if width < 60:
            head = spread(
                (pointer, (row.domain, "strong")), ((f"{row.scenario or '-'} ", "quiet"), (count, "quiet")), width
            )
            return [head, cut((("    ", "text"), *what), width)]
        room = min(self._longest, 26 if width < 100 else 34)
        left: list[Span] = [pointer, (_padded(row.domain, room + 2), "strong")]
        if width >= 100:
            left += [(_padded(name, 28 if width < 150 else 30), name_role)]
            left += [*bar(row.done, row.total, 8, self.glyphs.bar, self.glyphs.bar_rest), (" ", "text")]
        else:
            left += [(f"{row.scenario or '-'} ", name_role)]
        left += [(f"{count}  ", "quiet"), *what]
        right = [(self._age(row), "quiet")] if width >= 130 else []
        if self.others and width >= 100:
            right = [(_padded(row.holder or "nobody", 12 if right else 10), "quiet"), *right]
        return [spread(tuple(left), tuple(right), width)]

    def _what(self, row: Overview) -> Line:
        if sign := self.signs.get(row.id):
            return ((f"{self.glyphs.dot} {sign[0]}   ", sign[1]), *self._next(row))
        return self._next(row)

    def _next(self, row: Overview) -> Line:
        if row.clock and not row.cleared:
            role = "alarm" if row.clock.urgent else "due"
            return ((row.clock.count, role), (f" {row.clock.clock.text}   ", "text"), *self._rest(row))
        return self._rest(row)

    def _rest(self, row: Overview) -> Line:
        if row.cleared:
            return ((self._cleared(row.cleared[0]), "alarm"), (f"  {row.cleared[0].text}", "text"))
        if row.hold:
            until = self._until(row.hold.until)
            return (
                (f"{until}  ", "due" if row.status == "due" else "quiet"),
                ("waits: ", "quiet"),
                (row.hold.waits_for, "text"),
            )
        return (("next: ", "quiet"), (row.next, "text"))

    def _cleared(self, cleared: Cleared) -> str:
        """`Cleared at 10:02: done?`, with the day where it was not today."""
        at = cleared.at.astimezone(self.now.tzinfo) if self.now else cleared.at
        day = "" if self.now and at.date() == self.now.date() else f" on {at:%d/%m}"
        return f"Cleared{day} at {at:%H:%M}: {cleared.ended}?"

    def _until(self, until: str) -> str:
        moment = moment_of(until)
        if moment is None or self.now is None:
            return until
        days = (moment.date() - self.now.date()).days
        time = moment.strftime(" %H:%M") if (moment.hour, moment.minute) != (0, 0) else ""
        if days < 0:
            return f"due since {short_day(moment)}"
        day = {0: "today", 1: "tomorrow"}.get(days, weekday(moment) if days < 7 else f"{moment:%d/%m/%y}")
        return f"due {day}{time}"

    def _age(self, row: Overview) -> str:
        if self.now is None:
            return ""
        days = (self.now.date() - row.opened_at.astimezone(self.now.tzinfo).date()).days
        return "today" if days < 1 else f"{days} d"


def _padded(text: str, room: int) -> str:
    """`text` in exactly `room` cells, with a blank at the end."""
    shown = clip(text, room - 1)
    return shown + " " * (room - cells(shown))
