"""The list of open cases on Home, in three groups: due, in hand, waiting."""

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

GROUPS = (("due", "due"), ("in hand", "accent"), ("waiting", "quiet"))


class CaseTable(Rows[Overview]):
    """The open cases, one line each (two on a narrow pane), in groups."""

    now: datetime
    filtered = ""
    whole = True
    signs: Mapping[str, tuple[str, str]] = {}
    others = False
    procedure: Procedure | None = None
    """The playbook that the help for a first call is taken from."""
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
        """Draw these cases, with the cursor on case `at`, else on its former case.

        `whole`: no more are being read, so groups are counted. `signs`: who is on the line, as words and role, by case.
        `others`: show whose case each is.
        """
        before = self.current.id if self.current else ""
        self.signs, self.others = signs or {}, others
        self.rows, self.now, self.filtered, self.whole = cases, now, filtered, whole
        self._longest = max((cells(row.name) for row in cases), default=0)
        places = {row.id: place for place, row in enumerate(cases)}
        self.cursor = places.get(at, places.get(before, 0))
        self.redraw()

    def lead(self, place: int) -> bool:
        return bool(self._lines[place])

    def owned(self, width: int) -> Iterable[tuple[Line, int]]:
        if not self.rows:
            yield from ((line, NO_ROW) for line in self._empty(width))
            return
        # cached, so that moving the cursor lays out two rows and not a thousand
        laid_for = (width, self._longest, self.others, self.now.date())
        if laid_for != self._laid_for or len(self._laid) > 3 * len(self.rows) + 100:
            self._laid_for, self._laid = laid_for, {}
        first = True
        for status, role in GROUPS:
            mine = [(n, row) for n, row in enumerate(self.rows) if row.status == status]
            if not mine:
                continue
            if not first:
                yield (), NO_ROW
            first = False
            sign = f"{self.glyphs.nb} " if status == "due" else ""
            count = str(len(mine)) if self.whole or status == "due" else ""
            yield ((f"{sign}{status}", role), (f"  {count}", "quiet")), NO_ROW
            for place, row in mine:
                key = (row, place == self.cursor, self.signs.get(row.id))
                if key not in self._laid:
                    self._laid[key] = self._row(row, place == self.cursor, width)
                yield from ((line, place) for line in self._laid[key])

    def _empty(self, width: int) -> Iterable[Line]:
        if self.filtered:
            yield ()
            fits = f"No open case fits '{self.filtered}'. "
            yield from wrap(((fits, "text"), ("h", "key"), (" searches the closed ones.", "quiet")), width)
            return
        for line in self._first_call():
            yield from wrap(line, width, 10 if line and line[0][1] == "key" else 4)

    def _first_call(self) -> Iterable[Line]:
        """The keys that a first call begins with, and the questions that lead to the scenario."""
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
        samples: Line = (("oxtui demo ", "key"), ("has sample cases to try it on; ", "quiet"))
        yield (*samples, ("?", "key"), (" explains each screen.", "quiet"))

    def _row(self, row: Overview, current: bool, width: int) -> list[Line]:
        pointer: Span = (f"{self.glyphs.cursor} " if current else "  ", "accent")
        number = f"{row.scenario or '-'} "
        count = f"{row.done:>2}/{row.total:<2}" if row.total else "     "
        if width < 60:
            head = spread((pointer, (row.name, "strong")), ((number, "quiet"), (count, "quiet")), width)
            return [head, cut((("    ", "text"), *self._state(row)), width)]
        name, role = f"{number}{row.title}", "text"
        if not row.scenario:
            name, role = ("no scenario yet", "quiet") if row.authenticated else ("not authenticated", "trouble")
        room = min(self._longest, 26 if width < 100 else 34)
        left: list[Span] = [pointer, (_padded(row.name, room + 2), "strong")]
        if width >= 100:
            left += [(_padded(name, 28 if width < 150 else 30), role)]
            left += [*bar(row.done, row.total, self.glyphs), (" ", "text")]
        else:
            left += [(number, role)]
        left += [(f"{count}  ", "quiet"), *self._state(row)]
        right = [(self._age(row), "quiet")] if width >= 130 else []
        if self.others and width >= 100:
            right = [(_padded(row.holder or "nobody", 12 if right else 10), "quiet"), *right]
        return [spread(left, right, width)]

    def _state(self, row: Overview) -> Line:
        """The state of a case: who is on the line, its countdown, and the next item or the wait."""
        sign = self.signs.get(row.id)
        spans: list[Span] = [(f"{self.glyphs.dot} {sign[0]}   ", sign[1])] if sign else []
        if row.cleared:
            return (*spans, (self._cleared(row.cleared[0]), "alarm"), (f"  {row.cleared[0].text}", "text"))
        if row.clock:
            spans.append((row.clock.count, "alarm" if row.clock.urgent else "due"))
            spans.append((f" {row.clock.clock.text}   ", "text"))
        if row.hold:
            until: Span = (f"{self._until(row.hold.until)}  ", "due" if row.status == "due" else "quiet")
            return (*spans, until, ("waits: ", "quiet"), (row.hold.waits_for, "text"))
        return (*spans, ("next: ", "quiet"), (row.next, "text"))

    def _cleared(self, cleared: Cleared) -> str:
        """`Cleared at 10:02: done?`, with the date unless it was today."""
        at = cleared.at.astimezone(self.now.tzinfo)
        day = "" if at.date() == self.now.date() else f" on {at:%d/%m}"
        return f"Cleared{day} at {at:%H:%M}: {cleared.ended}?"

    def _until(self, until: str) -> str:
        moment = moment_of(until)
        if moment is None:
            return until
        days = (moment.date() - self.now.date()).days
        time = moment.strftime(" %H:%M") if (moment.hour, moment.minute) != (0, 0) else ""
        if days < 0:
            return f"due since {short_day(moment)}"
        day = {0: "today", 1: "tomorrow"}.get(days, weekday(moment) if days < 7 else f"{moment:%d/%m/%y}")
        return f"due {day}{time}"

    def _age(self, row: Overview) -> str:
        days = (self.now.date() - row.opened_at.astimezone(self.now.tzinfo).date()).days
        return "today" if days < 1 else f"{days} d"


def _padded(text: str, room: int) -> str:
    """`text` in exactly `room` cells, ending in a blank."""
    shown = clip(text, room - 1)
    return shown + " " * (room - cells(shown))
