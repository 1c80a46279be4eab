"""The keys of a question: stepping through its answers, picking, typing, confirming."""

from __future__ import annotations

from functools import partial

from oxtui.cases.commands.killers import confirms
from oxtui.cases.commands.marks import AnswerIt, Word
from oxtui.cases.commands.typed import typed_number
from oxtui.cases.dates import looks_ahead, parse_date
from oxtui.cases.guard import may_mark, need_client
from oxtui.cases.outcome import answer_text
from oxtui.cases.status import State
from oxtui.errors import OxtuiError, Refusal, WrongUse
from oxtui.playbook.model import Answer, Item
from oxtui.screens.case.leading import Leading
from oxtui.screens.case.part import CaseOwner, CasePart, something
from oxtui.screens.case.proposals import given, given_alike, proposed
from oxtui.screens.case.reporting import Reporting
from oxtui.screens.case.targets import Targets
from oxtui.screens.dialogs.ask import Ask, Confirm, Pick
from oxtui.text import secret_like


class Questions(CasePart):
    """What the keys do to a question."""

    def __init__(self, screen: CaseOwner, targets: Targets, reporting: Reporting, leading: Leading) -> None:
        super().__init__(screen)
        self.leading = leading
        self.targets = targets
        self.reporting = reporting

    # -- digits
    def digit(self, item: Item, digit: int) -> None:
        """A digit: that answer; of several it is marked; what is typed begins with it."""
        again = partial(self.digit, item, digit)
        if not item.answers:
            if self.targets.markable(item, again):
                self.type_answer(item, str(digit))
        elif digit > len(item.answers):
            self.refuse(Refusal(f"There is no answer {digit}", f"1 to {len(item.answers)}"))
        elif self.targets.missing(item):
            self.targets.markable(item, again)
        elif item.select == "several":
            if self._answerable(item):
                self._mark(item, digit - 1)
        else:
            self._answer_each(item, item.answers[digit - 1])

    def pasted(self, item: Item, text: str) -> None:
        """What is pasted on a question that is typed: its field opens with that."""
        if self.targets.markable(item, partial(self.pasted, item, text)):
            self.type_answer(item, text)

    # -- stepping
    def step(self, item: Item) -> None:
        """Step through a question's answers, beginning with the one proposed; what is still so is one key."""
        if not self._answerable(item):
            return
        if not item.answers:
            self._still_so(item)
            return
        shown = self.checklist.shown
        at = shown.offered.get(item.id)
        if at is None:
            stands = given_alike(self.case, item, self.targets.of(item))
            stale = self.case.status(item.id).state is State.STALE
            at = (stands if stale else stands + 1) if stands >= 0 else max(0, proposed(self.case, item))
        else:
            at += 1
        shown.offered[item.id] = at % len(item.answers)
        self.screen.draw_answer()

    def _answerable(self, item: Item) -> bool:
        """Whether the client is there for a question, where it needs them; tells why not."""
        return self.screen.under_way() or self.screen.allowed(lambda: need_client(self.case.conversation, item))

    def _still_so(self, item: Item) -> None:
        """A text or a date that has to be checked again is as it was; one that was not given yet is typed."""
        status, every = self.case.status(item.id), self.case.marks(item.id)
        marks = [every[name] for name, state in status.by.items() if state is State.STALE]
        if status.state is State.STALE and len({(mark.value, mark.told) for mark in marks}) == 1:
            self._answer(item, marks[0].value, told=marks[0].told)
        else:
            self.type_answer(item)

    # -- answering
    def _answer(
        self,
        item: Item,
        value: tuple[str, ...],
        mailboxes: tuple[str, ...] = (),
        *,
        told: str = "",
        word: Word | None = None,
    ) -> None:
        """Answer a question, after asking what the answer needs to be told, and confirming it where it has to be."""
        chosen = mailboxes or self.targets.of(item)
        if not self._may_answer(item, value, chosen, word):
            return
        asks = next((answer.asks for name in value if (answer := item.answer(name)) and answer.asks), "")

        def confirmed(told: str) -> None:
            command = AnswerIt(item.id, value, chosen, told, word=word)
            scenario = self.case.scenario

            def give(yes: bool | None) -> None:
                if yes:
                    self.screen.do(command, item)
                    self.leading.given(item, value)

            if scenario is None or not confirms(scenario, item, value):
                give(True)
                return
            said = answer_text(item, value, self.case.procedure.words)
            question = f"Record '{said}'{self.targets.whom(item, chosen)}?"
            self.ask(Confirm(self.targets.named(item, chosen), yes=said, no="back", ask=question), give)

        before = self._told_before(item, value, chosen)
        if asks and not told and not before and self._ends_service(item, value):
            self.reporting.ask_who_and_when(asks, item.text, confirmed)
        elif asks and not told and not before:
            self.ask(
                Ask(asks, f"{item.text}{self.targets.whom(item, chosen)}", check=something, warn=secret_like),
                lambda text: confirmed(text) if text is not None else None,
            )
        else:
            confirmed(told or before)

    def _ends_service(self, item: Item, value: tuple[str, ...]) -> bool:
        """Whether an answer says that a killer was done already: then who and when are asked for."""
        items = self.case.scenario.items() if self.case.scenario else ()
        atoms = (killer.already for killer in items if killer.already)
        return any(atom.item == item.id and not atom.answers.isdisjoint(value) for atom in atoms)

    def _told_before(self, item: Item, value: tuple[str, ...], mailboxes: tuple[str, ...]) -> str:
        """What was told with the same answer, where that is only said to be still so."""
        marks = self.case.marks(item.id)
        mine = [marks.get(name) for name in (mailboxes or ("",))]
        told = {mark.told for mark in mine if mark is not None and mark.stale and mark.value == value}
        return told.pop() if len(told) == 1 and all(mark is not None and mark.stale for mark in mine) else ""

    def _may_answer(self, item: Item, value: tuple[str, ...], mailboxes: tuple[str, ...], word: Word | None) -> bool:
        if self.screen.under_way():
            return True
        opened = any(answer.open for answer in item.answers if answer.id in value)
        return self.screen.allowed(
            lambda: may_mark(self.case.position(), item, mailboxes, value, open_answer=opened, by_word=word is not None)
        )

    def _answer_each(self, item: Item, answer: Answer) -> None:
        """Answer a question; any answer but the usual one may be true of one mailbox and not of the others."""
        usual = item.answers[max(0, proposed(self.case, item))]
        if answer.asks or answer is not usual:
            self._answer_some(item, (answer.id,))
        else:
            self._answer(item, (answer.id,))

    def _answer_some(self, item: Item, value: tuple[str, ...]) -> None:
        """Answer a question after asking which mailboxes it is for, where there are several."""
        rest = self.targets.of(item)
        if not item.each or len(rest) < 2:
            self._answer(item, value)
            return
        options = [("both of them" if len(rest) == 2 else f"all {len(rest)} of them", "")]
        options += [(name, "") for name in rest]
        if len(rest) > 2:
            options.append(("several of them", ""))

        def answered(place: int | None) -> None:
            if place is None:
                return
            if place > len(rest):
                self.targets.pick(item, lambda chosen: self._answer(item, value, chosen), rest)
            else:
                self._answer(item, value, (rest[place - 1],) if place else rest)

        if self._may_answer(item, value, rest, None):
            said = answer_text(item, value, self.case.procedure.words)
            text = f"{said[:1].upper()}{said[1:]}: which {self.case.procedure.about.many}?"
            self.ask(Pick(text, options), answered)

    def _mark(self, item: Item, place: int) -> None:
        """Mark an answer of a question that takes several, or take its mark away."""
        picked = self.checklist.shown.picked.setdefault(item.id, given(self.case, item))
        picked ^= {place}
        self.checklist.shown.told = None  # "nothing is marked yet" is no longer so
        self.screen.draw_answer()

    # -- enter
    def open(self, item: Item) -> None:
        """enter: take the answer shown, or those marked; else ask which, for which mailboxes, or have it typed."""
        if self.targets.missing(item):
            self.targets.markable(item, partial(self.open, item))
            return
        shown = self.checklist.shown
        if item.select == "several":
            picked = shown.picked.get(item.id, given(self.case, item))
            if picked:
                self._answer_some(item, tuple(item.answers[place].id for place in sorted(picked)))
            else:
                self.refuse(WrongUse("Nothing is marked yet", "the digits mark, enter takes those marked"))
            return
        if not self._openable(item):
            return
        if not item.answers:
            self.type_answer(item)
            return
        many = item.each and len(self.targets.of(item)) > 1
        place = shown.offered.get(item.id, -1)
        if place < 0 and self.case.status(item.id).state is State.STALE:
            place = given_alike(self.case, item, self.targets.of(item))
        if place < 0 and not many and not self.case.marks(item.id):
            place = proposed(self.case, item)
        if place >= 0:
            self._answer(item, (item.answers[place].id,))
        else:  # the answer first: a digit means here what it means on the row
            self._pick_answer(item)

    def _openable(self, item: Item) -> bool:
        """Whether a question can be answered at all now; where not, it is told, with what can be said instead."""
        try:
            if self.screen.under_way() or self.case.marks(item.id):  # a correction can always be recorded
                need_client(self.case.conversation, item)
            else:
                may_mark(self.case.position(), item, self.targets.of(item))
        except OxtuiError as error:
            self.reporting.offer(item, error, partial(self.by_word, item))
            return False
        return True

    def by_word(self, item: Item, word: Word) -> None:
        """A colleague's word for the answer."""
        if item.answers:
            self._pick_answer(item, word)
        else:
            self.type_answer(item, word=word)

    def _pick_answer(self, item: Item, word: Word | None = None) -> None:
        options = [(answer.text, "") for answer in item.answers]
        cursor = max(0, proposed(self.case, item))

        def answered(place: int | None) -> None:
            if place is None:
                return
            value = (item.answers[place].id,)
            if word is None:
                self._answer_some(item, value)
            else:
                self._answer(item, value, word=word)

        whom = self.targets.whom(item, ()) if word is not None else ""
        self.ask(Pick(f"{item.text}{whom}", options, item.detail, cursor), answered)

    def type_answer(self, item: Item, typed: str = "", word: Word | None = None) -> None:
        today = self.service.clock.today()

        def parts(text: str) -> list[str]:
            return text.replace(" to ", ",").replace(" - ", ",").split(",") if item.select == "dates" else [text]

        def ahead(text: str) -> str | None:
            return next((why for part in parts(text) if (why := looks_ahead(part, today))), None)

        def check(text: str) -> tuple[str, ...]:
            if item.select == "text":
                return (something(text),)
            if item.select in ("number", "money"):
                return (typed_number(text, item.select),)
            dates = tuple(parse_date(part, today).isoformat() for part in parts(text))
            if item.select == "dates" and (len(dates) != 2 or dates[0] > dates[1]):
                raise WrongUse("Two dates are needed, the first one first", "for example 12/9 to yesterday")
            return dates

        warn = ahead if item.select in ("date", "dates") else secret_like
        hints = {"date": "12/9, yesterday, 3d", "dates": "12/9 to yesterday", "number": "200", "money": "1200.00"}
        before = next((mark.value for mark in self.case.marks(item.id).values()), ())
        known = answer_text(item, before, self.case.procedure.words) if before else ""
        self.ask(
            Ask(
                item.text,
                item.detail,
                value=typed or known,
                placeholder=hints.get(item.select, ""),
                check=check,
                warn=warn,
                begun=bool(typed),
            ),
            lambda value: self._answer(item, value, word=word) if value else None,
        )
