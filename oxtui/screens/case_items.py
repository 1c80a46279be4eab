"""The keys of the checklist: ticking, answering, skipping, putting off, taking back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from oxtui.cases.case import Case
from oxtui.cases.commands import (
    UNDOABLE,
    Change,
    Defer,
    Skip,
    Tick,
    Undo,
    Unwind,
    check_value,
    confirmation,
    last_undoable,
    needs_confirmation,
)
from oxtui.cases.dates import day_to_come, parse_date
from oxtui.errors import OxtuiError, Refusal
from oxtui.playbook.model import Item
from oxtui.playbook.permits import may_defer, may_mark, may_skip
from oxtui.playbook.progress import State
from oxtui.screens.case_parts import named, something
from oxtui.screens.case_questions import QuestionKeys
from oxtui.screens.dialogs import Ask, Confirm, Pick, PickSeveral
from oxtui.text import secret_like
from oxtui.widgets.checklist import Row, value_text

OTHERS = {
    "hold": "the wait", "note": "the note", "line": "the line of the template", "mailboxes": "the mailboxes",
    "details": "the details", "scenario": "the choice of the scenario", "flow": "the answer in the call flow",
}  # fmt: skip
"""What undo says it took back, where it was not an item."""
BY = (("me", "by me"), ("client", "by the client"), ("colleague", "by a colleague"), ("sme", "by an SME"))


class ItemKeys(QuestionKeys):
    """What the keys do to the item under the cursor."""

    # -- carrying out
    def do(self, change: Change, item: Item | None = None) -> None:
        """Carry a change out and move on to what comes next."""

        def done(case: Case) -> None:
            self.checklist.shown.offered.pop(item.id if item else "", None)
            self.checklist.shown.picked.pop(item.id if item else "", None)
            if item:
                status = case.statuses.get(item.id)
                if status is None or (status.state is not State.TODO and not status.again):
                    self.checklist.go_to_next(item.id)

        self.send(self.case, change, done, item.id if item else "")
        if item:
            self.begin_pending()

    def allowed(self, check: Callable[[], None]) -> bool:
        """Whether something may be done; if not it is told why."""
        try:
            check()
        except OxtuiError as error:
            self.refused(error)
            return False
        return True

    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.checklist.current

    def markable(self, item: Item, again: Callable[[], None] | None = None) -> bool:
        """Whether the item may be ticked or answered now; tells why not, or asks for the mailboxes it needs.

        `again`: the key that asked for it, pressed once more when the mailboxes are there.
        """
        scenario = self.case.scenario
        ready = self.case.call.live and self.case.status(item.id).state is State.TODO
        if item.each and ready and not self.case.addresses:
            self.ask_mailboxes(again)
            return False
        return scenario is not None and self.allowed(lambda: may_mark(self.case.position(scenario), item))

    def is_witness(self, item: Item) -> bool:
        """Whether it is a killer, or what a killer rests on."""
        return self.case.scenario is not None and item.id in self.case.scenario.witnesses

    # -- space
    def action_tick(self) -> None:
        row = self.row()
        if row is None:
            return
        item = row.item
        if row.status.state is State.UNWIND:
            self._take_back(row)
        elif item.kind == "question":
            self._step(item)
        elif not self.markable(item, self.action_tick):
            return
        elif self.is_witness(item):
            self.refused(Refusal("A cancellation, and what it rests on, is not ticked by space", "enter confirms it"))
        elif item.quote:
            self.run_key("calculator")
        elif len(ways := self.case.ways(item)) > 1:
            names = ", ".join(f"{place} {name}" for place, name in enumerate(ways, 1))
            self.refused(Refusal(f"Through what: {names}?", "press the digit"))
        else:
            self._tick(item)

    def run_key(self, action: str) -> None:
        """Run another action of the screen."""
        self.call_next(self.run_action, action)

    def _take_back(self, row: Row) -> None:
        def answered(yes: bool | None) -> None:
            if yes:
                self.do(Unwind(row.scenario, row.item.id))

        text = f"{row.item.text}: it was done and no longer applies."
        self.app.push_screen(Confirm(row.item.reverse, text, yes="it was taken back"), answered)

    # -- ticking
    def _tick(self, item: Item, *, through: str = "", by: str = "me", mailboxes: tuple[str, ...] = ()) -> None:
        """Tick an action, after asking what it needs to be told."""
        ways = self.case.ways(item)
        through = through or (ways[0] if len(ways) == 1 else "")
        needed = [value for value in item.values if value.required or value.field]

        def ask(place: int, values: dict[str, str]) -> None:
            if place == len(needed):
                self._confirm_tick(item, Tick(item.id, mailboxes, values, through, by))
                return
            value = needed[place]
            known = self.case.details.salesforce if value.field == "salesforce" else ""
            if known and not value.required:
                ask(place + 1, {**values, value.key: known})
                return
            example = self.case.procedure.patterns[value.pattern][1] if value.pattern else ""
            optional = "" if value.required else " (enter alone: none)"

            def answered(text: str | None) -> None:
                if text is not None:
                    ask(place + 1, {**values, value.key: text})

            self.app.push_screen(
                Ask(
                    item.text,
                    f"{value.label}{optional}",
                    value=known,
                    placeholder=f"for example {example}" if example else "",
                    check=lambda text: self._checked(
                        value.kind, lambda told: check_value(self.case, value, told), text
                    ),
                ),
                answered,
            )

        ask(0, {})

    def _checked(self, kind: str, check: Callable[[str], str], text: str) -> str:
        if kind == "date" and text.strip():
            text = parse_date(text, self.service.clock.today()).isoformat()
        return check(text)

    def _confirm_tick(self, item: Item, tick: Tick) -> None:
        scenario = self.case.scenario
        if scenario is None or not needs_confirmation(scenario, item):
            self.do(tick, item)
            return
        said = confirmation(self.case, item)

        def answered(yes: bool | None) -> None:
            if yes:
                self.do(Tick(tick.item, tick.mailboxes, tick.values, tick.through, tick.by, said), item)

        nbs = [self.case.procedure.nbs[name].text for name in item.nbs]
        others = self.other_cases() if item.killer else ""
        text = named(self.case, said, tick.mailboxes) + (f"\n{others}" if others else "")
        self.app.push_screen(
            Confirm(
                "Cancel now?" if item.killer else "Is it so?",
                text,
                yes="yes, it is done",
                nb=nbs[0] if nbs else "",
            ),
            answered,
        )

    def other_cases(self) -> str:
        """Other open cases of the domain, told before a killer."""
        rows = [row for row in self.service.open_for(self.case.domain) if row.id != self.case.id]
        names = ", ".join(f"{row.title or 'no scenario'} (next: {row.next})" for row in rows)
        return f"Another open case of {self.case.domain}: {names}" if rows else ""

    # -- digits
    def action_digit(self, digit: int) -> None:
        row = self.row()
        if row is None or row.unwind:  # what has to be taken back may be of another scenario
            return
        item = row.item
        if item.quote and row.status.state in (State.TODO, State.STALE):
            if self.markable(item):  # the months (or an SME's amount) are typed at once
                self.run_key(f"calculator('{digit}')")
        elif item.kind == "question" and digit <= len(item.answers):
            if not self.markable(item, partial(self.action_digit, digit)):
                return
            if item.select == "several":
                picked = self.checklist.shown.picked.setdefault(item.id, self._given(item))
                picked ^= {digit - 1}
                self.draw_after_step()
            else:
                self.answer_each(item, item.answers[digit - 1])
        elif item.kind == "action" and digit <= len(ways := self.case.ways(item)) and self.markable(item):
            self._tick(item, through=ways[digit - 1])

    # -- enter
    def action_open(self) -> None:
        row = self.row()
        if row is None:
            return
        item = row.item
        if row.status.state is State.UNWIND:
            self._take_back(row)
        elif item.kind == "question":
            self._open_question(item)
        elif row.status.state is State.DONE or not self.markable(item, self.action_open):
            if row.status.state is State.DONE:
                self._details(item)
        elif item.quote:
            self.run_key("calculator")
        elif item.each:
            self._open_each(item)
        elif self.is_witness(item):
            self._tick(item)
        else:
            self._details(item)

    def _open_each(self, item: Item) -> None:
        rest = list(self.case.left(item) or self.case.addresses)
        scenario = self.case.scenario
        if len(rest) == 1:
            self._tick(item, mailboxes=tuple(rest))
        elif scenario and needs_confirmation(scenario, item) and not item.values and len(self.case.ways(item)) < 2:
            self._confirm_each(item, rest)
        else:
            self.pick_mailboxes(item, lambda chosen: self._tick(item, mailboxes=chosen), rest)

    def _confirm_each(self, item: Item, rest: list[str]) -> None:
        """Choosing the mailboxes of a witness and confirming it are one question."""
        said = confirmation(self.case, item)
        through = next(iter(self.case.ways(item)), "")

        def answered(places: list[int] | None) -> None:
            if places:
                chosen = tuple(rest[place] for place in places)
                self.do(Tick(item.id, chosen, {}, through, "me", said), item)

        options = [(name, "") for name in rest]
        text = f"{item.text} · {self.case.domain}"
        dialog = PickSeveral("Is it so, for these mailboxes?", options, text, range(len(rest)))
        self.app.push_screen(dialog, answered)

    def pick_mailboxes(
        self, item: Item, then: Callable[[tuple[str, ...]], None], rest: list[str] | None = None
    ) -> None:
        names = rest or list(self.case.addresses)

        def answered(places: list[int] | None) -> None:
            if places:
                then(tuple(names[place] for place in places))

        options = [(name, "") for name in names]
        left = self.case.left(item)
        still = [place for place, name in enumerate(names) if name in left] or range(len(names))
        self.app.push_screen(PickSeveral(item.text, options, "For which mailboxes?", still), answered)

    def _details(self, item: Item) -> None:
        """An action opened: its details, its how-to, and by whom it was done."""
        lines = [item.detail] if item.detail else []
        page = self.service.playbook.pages.get(item.howto)
        if page:
            lines += [f"{page.title}:", *page.lines]
        if item.copy:
            lines.append(f"y copies: {item.copy}")
        if item.link:
            lines.append(f"l copies the link: {item.link}")
        status = self.case.status(item.id)
        text = "\n".join(lines)
        if status.state is State.DONE:
            self.app.push_screen(Confirm(item.text, text or "Done.", yes="close"))
            return
        ways = self.case.ways(item)
        through = ways if len(ways) > 1 else ("",)
        people = [(by, word) for by, word in BY if by != "client" or not ways]  # our own tools are not the client's
        options = [(f"done {word}{' through ' + way if way else ''}", "") for way in through for _, word in people]
        codes = [(by, way) for way in through for by, _ in people]

        def answered(place: int | None) -> None:
            if place is not None:
                by, way = codes[place]
                self._tick(item, through=way, by=by)

        self.app.push_screen(Pick(item.text, options, text), answered)

    # -- skip, later, undo
    def _row_that_stands(self, verb: str) -> Row | None:
        """The current row; None, and told, where it only waits to be taken back."""
        row = self.row()
        if row and row.unwind:
            self.refused(Refusal(f"What has to be taken back is not {verb}", "space: it was taken back"))
            return None
        return row

    def action_skip(self) -> None:
        row, scenario = self._row_that_stands("skipped"), self.case.scenario
        if row is None or scenario is None:
            return
        item = row.item
        if self.allowed(lambda: may_skip(self.case.position(scenario), item)):
            self.app.push_screen(
                Ask(f"Skip: {item.text}", "Why? It is told in the notes.", check=something, warn=secret_like),
                lambda reason: self.do(Skip(item.id, reason), item) if reason else None,
            )

    def action_later(self) -> None:
        row, scenario = self._row_that_stands("put off"), self.case.scenario
        if row is None or scenario is None:
            return
        item = row.item
        if self.allowed(lambda: may_defer(self.case.position(scenario), item)):
            today = self.service.clock.today()
            self.app.push_screen(
                Ask(
                    f"Later: {item.text}",
                    "Until when? It does not count as done and the case cannot be closed meanwhile.",
                    value="tomorrow",
                    check=lambda text: day_to_come(text, today).isoformat(),
                ),
                lambda day: self.do(Defer(item.id, day), item) if day else None,
            )

    def can_undo(self) -> bool:
        """Whether this agent did something here that can be taken back."""
        return bool(last_undoable(self.case, self.service.agent))

    def action_undo(self) -> None:
        entry = self.case.event(last_undoable(self.case, self.service.agent))
        if entry is None or entry.what not in UNDOABLE:
            self.refused(Refusal("There is nothing of yours to take back", ""))
            return
        scenario = self.case.procedure.scenarios.get(int(entry.get("scenario", 0) or 0))
        item = scenario.by_id.get(str(entry.get("item"))) if scenario else None
        agent, what = self.service.agent, OTHERS.get(entry.what, "the last change")

        def undo(reversed_: bool) -> None:
            self.send(self.case, Undo(entry.id, agent, reversed_), lambda case: self._undone(case, item, what))

        if entry.what == "ticked" and item and item.acts:
            options = [("ticked by mistake", "nothing was done outside"), ("really reversed", item.reverse)]

            def answered(place: int | None) -> None:
                if place is not None:
                    undo(place == 1)

            self.app.push_screen(Pick(f"Take back: {item.text}", options), answered)
        else:
            undo(False)

    def _undone(self, case: Case, item: Item | None, what: str) -> None:
        stands = value_text(case, item) if item and item.kind == "question" else ""
        again = f"It is as before: {stands}" if stands else ""
        self.home.say(f"Taken back: {item.text if item else what}", again)
        if item:
            place = next((n for n, row in enumerate(self.checklist.rows) if row.item.id == item.id), None)
            if place is not None:
                self.checklist.put_cursor(place)
