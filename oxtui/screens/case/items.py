"""The keys of the checklist: ticking, answering, skipping, putting off, taking back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from textual import events

from oxtui.cases.case import Case
from oxtui.cases.commands import Command, Tick, Word, check_value, confirms
from oxtui.cases.guard import may_mark
from oxtui.cases.nbs import of_item
from oxtui.cases.status import State
from oxtui.errors import Conflict, OxtuiError, Refusal
from oxtui.playbook.model import Item
from oxtui.screens.case.actions import ActionOpened
from oxtui.screens.case.killer import Killing
from oxtui.screens.case.questions import QuestionKeys
from oxtui.screens.case.reporting import SayingSo
from oxtui.screens.case.settling import Settling
from oxtui.screens.case.skipping import Leaving
from oxtui.screens.case.undoing import Undoing
from oxtui.screens.case.values import AskValues
from oxtui.screens.dialogs import Confirm, PickSeveral
from oxtui.text import clean
from oxtui.widgets.checklist import Row
from oxtui.widgets.item_rows import Told

WORKABLE = (State.TODO, State.STALE, State.OUT_THERE)
"""States in which the cursor stays on an item: something is still to be done there."""


class ItemKeys(QuestionKeys):
    """What the keys do to the item under the cursor; who does the rest is given the screen."""

    def __init__(self) -> None:
        super().__init__()
        self.saying = SayingSo(self)
        self.killing = Killing(self, self.saying)
        self.settling = Settling(self)
        self.undoing = Undoing(self)
        self.leaving = Leaving(self, self.undoing)
        self.opened = ActionOpened(self, self.undoing, self.saying, self._tick)

    # -- carrying out
    def do(self, command: Command, item: Item | None = None) -> None:
        """Have a command carried out and move on to what comes next."""

        def done(case: Case) -> None:
            shown, row = self.checklist.shown, self.row()
            if item is None:
                return
            shown.offered.pop(item.id, None)
            shown.picked.pop(item.id, None)
            status = case.statuses.get(item.id)
            settled = status is None or not status.applies or status.state not in WORKABLE
            if settled and (row is None or not row.ours or row.item.id == item.id):
                self.checklist.go_to_next(item.id, first=item.reopens)

        self.checklist.shown.told = None
        self.send(self.case, command, done, item.id if item else "")
        if item:
            self.begin_pending()

    def under_way(self) -> bool:
        """Whether keys of this case are not on disk yet: then the service decides, and not the screen."""
        return any(job.case_id == self.case.id for job in self.home.outbox.pending)

    def allowed(self, check: Callable[[], object]) -> bool:
        """Whether something may be done; if not it is told why."""
        try:
            check()
        except OxtuiError as error:
            self.refused(error)
            return False
        return True

    def refused(self, error: OxtuiError) -> None:
        """Tell why, under the row that the key was meant for; from a panel or a dialog as everywhere."""
        if isinstance(error, Conflict):
            # somebody else was quicker: what they did is read, drawn, and then it is told
            self.read_newest(lambda: self._tell_here(error), error)
        else:
            self._tell_here(error)

    def _tell_here(self, error: OxtuiError) -> None:
        row = self.row()
        if row is None or self.app.screen is not self or not self.checklist.has_focus:
            super().refused(error)
            return
        self.checklist.shown.told = Told(row.key, error.title, error.message, error.hint)
        self.case_refused()

    def offer(self, item: Item, error: OxtuiError) -> None:
        """Tell why something is refused; and where what really happened can be said instead, ask for that."""
        self.saying.offer(item, error, partial(self._by_word, item))

    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.checklist.current

    def markable(self, item: Item, again: Callable[[], None] | None = None) -> bool:
        """Whether the item may be ticked or answered now; tells why not, or asks for the mailboxes it needs.

        `again`: the key that asked for it, pressed once more when the mailboxes are there.
        """
        if self.case.scenario is None:
            return False
        ready = self.case.conversation.live and self.case.status(item.id).state is State.TODO
        if item.each and ready and not self.case.addresses:
            self.ask_mailboxes(again)
            return False
        if self.under_way():
            return True
        return self.allowed(lambda: may_mark(self.case.position(), item, self.targets(item)))

    def is_witness(self, item: Item) -> bool:
        """Whether it is a killer, or what a killer rests on."""
        return self.case.scenario is not None and item.id in self.case.scenario.witnesses

    def run_key(self, action: str) -> None:
        """Run another action of the screen."""
        self.call_next(self.run_action, action)

    # -- space
    def action_tick(self) -> None:
        row = self.row()
        if row is None:
            return
        item = row.item
        if row.kind == "cover":
            self.refused(Refusal("Do the licences ordered cover it?", "1: covered, 2: one more is ordered"))
        elif row.status.state is State.OUT_THERE:
            self.refused(Refusal("It was done on other terms", "a digit says what became of it"))
        elif item.kind == "question":
            self._step(item)
        elif item.killer:
            self.refused(Refusal(f"'{item.text}' is not ticked by space", "enter shows what it rests on"))
        elif not self.markable(item, self.action_tick):
            return
        elif item.quote:
            self.run_key("calculator")
        elif len(ways := self.case.ways(item)) > 1 and not self._done_before(item, self._next(item)):
            names = ", ".join(f"{place} {name}" for place, name in enumerate(ways, 1))
            self.refused(Refusal(f"Through what: {names}?", "press the digit"))
        else:
            self._tick(item)

    # -- ticking
    def _next(self, item: Item) -> tuple[str, ...]:
        """The mailboxes that ticking an item is for: those to be checked again before those that are new to it."""
        names = self.targets(item)
        asks = item.through or any(value.required or value.field for value in item.values)
        again = tuple(name for name in names if name in self.case.marks(item.id))
        return again if asks and again else names

    def _done_before(self, item: Item, mailboxes: tuple[str, ...]) -> bool:
        """Whether ticking it says that it is still so: then nothing is asked with it."""
        marks = self.case.marks(item.id)
        return bool(marks) and all(name in marks for name in (mailboxes or ("",)))

    def _tick(
        self,
        item: Item,
        *,
        through: str = "",
        by: str = "me",
        mailboxes: tuple[str, ...] = (),
        typed: str = "",
        word: Word | None = None,
    ) -> None:
        """Tick an action, after asking what it needs to be told, and confirming it where it has to be."""
        chosen = mailboxes or self._next(item)
        ways = self.case.ways(item)
        through = through or (ways[0] if len(ways) == 1 else "")
        tick = Tick(item.id, chosen, {}, through, by, word)
        known = self.case.details.salesforce
        needed = [
            value
            for value in item.values
            if value.required or (value.field and not (value.field == "salesforce" and known))
        ]
        if self._done_before(item, chosen) or not needed:
            self._confirm_tick(item, tick)
            return
        given = {value.key: known for value in item.values if value.field == "salesforce" and known}

        def asked(values: dict[str, str]) -> None:
            self._confirm_tick(item, Tick(item.id, chosen, {**given, **values}, through, by, word))

        AskValues(self, item, needed, partial(check_value, self.case), typed=typed).run(asked)

    def _confirm_tick(self, item: Item, tick: Tick) -> None:
        scenario = self.case.scenario
        if scenario is None or not confirms(scenario, item):
            self.do(tick, item)
            return
        nbs = of_item(self.case, item)
        heading = (("Put down ", "strong"), ("done", "chip"), (f"{self.whom(item, tick.mailboxes)}?", "strong"))
        self.app.push_screen(
            Confirm(heading, self.named(item, tick.mailboxes), yes="done", nb=nbs[0].text if nbs else ""),
            lambda yes: self.do(tick, item) if yes else None,
        )

    def _by_word(self, item: Item, word: Word) -> None:
        """A colleague's word for an item: done, or which answer."""
        if item.kind == "action":
            self._tick(item, by="colleague", word=word)
        elif item.answers:
            self._pick_answer(item, (), word)
        else:
            self._type_answer(item, word=word)

    # -- digits
    def action_digit(self, digit: int) -> None:
        row = self.row()
        if row is None:
            return
        item = row.item
        if row.kind == "cover":
            self.settling.cover(digit)
        elif row.status.state is State.OUT_THERE:
            self.settling.digit(row, digit)
        elif item.killer:
            self.refused(Refusal(f"'{item.text}' takes no digit", "enter shows what it rests on"))
        elif item.kind == "question":
            self._digit_of_question(item, digit)
        else:
            self._digit_of_action(row, digit)

    def _digit_of_question(self, item: Item, digit: int) -> None:
        if not item.answers:
            if self.markable(item):
                self._type_answer(item, str(digit))
            return
        if digit > len(item.answers):
            self.refused(Refusal(f"There is no answer {digit}", f"1 to {len(item.answers)}"))
        elif item.each and not self.case.addresses:
            self.markable(item, partial(self.action_digit, digit))
        elif item.select == "several":
            if self.answerable(item):
                self._pick_several(item, digit - 1)
        else:
            self.answer_each(item, item.answers[digit - 1])

    def _digit_of_action(self, row: Row, digit: int) -> None:
        item, ways = row.item, self.case.ways(row.item)
        if item.quote and row.status.state in (State.TODO, State.STALE):
            if self.markable(item):  # the months (or an SME's amount) are typed at once
                self.run_key(f"calculator('{digit}')")
        elif digit <= len(ways) and (len(ways) > 1 or not self._typed_first(item)):
            if self.markable(item, partial(self.action_digit, digit)):
                self._tick(item, through=ways[digit - 1])
        elif self._typed_first(item):
            if self.markable(item, partial(self.action_digit, digit)):
                self._tick(item, typed=str(digit))
        else:
            self.refused(Refusal(f"'{item.text}' takes no digit", self._how(item)))

    def on_paste(self, event: events.Paste) -> None:
        """A number or a date that is pasted on the item which asks for it: its field opens with that."""
        row = self.row()
        text = clean(event.text).strip()
        if row is None or not row.ours or not text or not self.checklist.has_focus or len(text.splitlines()) > 1:
            return
        event.stop()
        item = row.item
        if item.kind == "question" and not item.answers:
            if self.markable(item):
                self._type_answer(item, text)
        elif item.kind == "action" and self._typed_first(item) and len(self.case.ways(item)) < 2:
            if self.markable(item):
                self._tick(item, typed=text)
        else:
            self.refused(Refusal(f"'{item.text}' takes no pasted text", "t for the template, n for a note"))

    def _typed_first(self, item: Item) -> bool:
        """Whether something has to be typed with an action: a digit begins it."""
        return any(value.required for value in item.values) and not self._done_before(item, self._next(item))

    def _how(self, item: Item) -> str:
        return "enter opens the calculator" if item.quote else "space: done"

    # -- enter
    def action_open(self) -> None:
        row = self.row()
        if row is None:
            return
        item, state = row.item, row.status.state
        if row.kind == "cover":
            self.settling.ask_cover(row)
        elif state is State.OUT_THERE:
            self.settling.open(row)
        elif item.killer and (item.id, "") not in self.case.board.marks:
            self.killing.open(item)
        elif item.kind == "question":
            if item.each and not self.case.addresses:
                self.markable(item, self.action_open)
            else:
                self._open_question(item)
        elif self.case.marks(item.id) and state is not State.TODO:
            self.opened.done(item)
        else:
            self._open_action(item)

    def _open_action(self, item: Item) -> None:
        if item.each and not self.case.addresses:
            self.markable(item, self.action_open)
            return
        try:
            if not self.under_way():
                may_mark(self.case.position(), item, self.targets(item))
        except OxtuiError as error:
            self.offer(item, error)
            return
        if item.quote:
            self.run_key("calculator")
        elif item.each and len(self.targets(item)) > 1:
            self._open_each(item)
        elif self.is_witness(item):
            self._tick(item)
        else:
            self.opened.to_do(item)

    def _open_each(self, item: Item) -> None:
        """Which mailboxes; of a witness, choosing them and confirming it are one question."""
        rest = list(self.targets(item))
        scenario = self.case.scenario
        plain = not item.values and len(self.case.ways(item)) < 2
        if not (scenario and confirms(scenario, item) and plain):
            self.pick_mailboxes(item, lambda chosen: self._tick(item, mailboxes=chosen), rest)
            return
        through = next(iter(self.case.ways(item)), "")

        def answered(places: list[int] | None) -> None:
            if places:
                chosen = tuple(rest[place] for place in places)
                self.do(Tick(item.id, chosen, {}, through, "me"), item)

        heading = (("Put down ", "strong"), ("done", "chip"), (" for which mailboxes?", "strong"))
        options = [(name, "") for name in rest]
        text = f"{item.text} · {self.case.domain}"
        self.app.push_screen(PickSeveral(heading, options, text, range(len(rest))), answered)

    def pick_mailboxes(
        self, item: Item, then: Callable[[tuple[str, ...]], None], rest: list[str] | None = None
    ) -> None:
        names = rest or list(self.targets(item) or self.case.addresses)

        def answered(places: list[int] | None) -> None:
            if places:
                then(tuple(names[place] for place in places))

        options = [(name, "") for name in names]
        self.app.push_screen(PickSeveral(item.text, options, "For which mailboxes?", range(len(names))), answered)

    # -- skip, later, undo
    def action_skip(self) -> None:
        """x: skip with a reason; what is done already is offered to be taken back."""
        self.leaving.skip(self.row())

    def action_later(self) -> None:
        self.leaving.put_off(self.row())

    def can_undo(self) -> bool:
        """Whether `u` would take something back just now."""
        return self.undoing.can_undo()

    def action_undo(self) -> None:
        self.undoing.undo()

    # -- the box of a killer
    def open_cleared(self) -> None:
        """Show the box of a killer that was cleared and not answered: only there enter and esc answer it."""
        if self.case.cleared and not self.killing.open_now and self.app.screen is self:
            self.killing.open(self.case.cleared[0][0])
