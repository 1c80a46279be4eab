"""The keys of a question: stepping through its answers, picking, typing, confirming."""

from __future__ import annotations

from collections.abc import Mapping

from oxtui.cases.commands import AnswerIt, Word, confirms
from oxtui.cases.dates import looks_ahead, parse_date
from oxtui.cases.guard import may_mark, need_client
from oxtui.cases.outcome import answer_text
from oxtui.cases.status import State
from oxtui.errors import OxtuiError, WrongUse
from oxtui.playbook.model import Answer, Item
from oxtui.screens.case.part import CaseParts, for_whom, something
from oxtui.screens.dialogs import Ask, Confirm, Pick
from oxtui.text import secret_like


class QuestionKeys(CaseParts):
    """What the keys do to a question."""

    # -- for which mailboxes
    def targets(self, item: Item) -> tuple[str, ...]:
        """The mailboxes that the next key on an item is for: those still to be done; of one that is done, all."""
        status = self.case.status(item.id)
        if not item.each:
            return ()
        left = tuple(name for name, state in status.by.items() if state in (State.TODO, State.STALE))
        marked = tuple(name for name in status.by if name in self.case.marks(item.id))
        return left or marked

    def whom(self, item: Item, mailboxes: tuple[str, ...]) -> str:
        """` for both` in a confirmation; nothing of an item that is done once."""
        names = mailboxes or self.targets(item)
        return f" for {for_whom(self.case, names)}" if item.each and names else ""

    # -- stepping
    def _step(self, item: Item) -> None:
        """Step through a question's answers, beginning with the one proposed; what is still so is one key."""
        if not self.answerable(item):
            return
        if not item.answers:
            self._still_so(item)
            return
        shown = self.checklist.shown
        at = shown.offered.get(item.id)
        if at is None:
            given = self._given_place(item)
            stale = self.case.status(item.id).state is State.STALE
            at = (given if stale else given + 1) if given >= 0 else max(0, self.proposed(item))
        else:
            at += 1
        shown.offered[item.id] = at % len(item.answers)
        self.draw_after_step()

    def answerable(self, item: Item) -> bool:
        """Whether the client is there for a question, where it needs them; tells why not."""
        return self.under_way() or self.allowed(lambda: need_client(self.case.conversation, item))

    def proposed(self, item: Item) -> int:
        """The place of the answer that is proposed, or -1: by another answer, the evidence, the playbook, or before."""
        proposal = item.proposal
        wanted = ""
        if proposal is not None:
            wanted = proposal.answer
            if proposal.item:
                mark = self.case.marks(proposal.item).get("")
                wanted = mark.value[0] if mark and mark.value else ""
            elif proposal.evidence:
                wanted = self.case.situation.evidence.get(proposal.evidence, "")
        return self._place(item, wanted or self._said_elsewhere(item))

    def _said_elsewhere(self, item: Item) -> str:
        """What the same question was answered in another scenario of the case, alike for all mailboxes."""
        for number, name in item.same_as:
            board = self.case.boards.get(number)
            values = {mark.value for mark in board.of(name).values() if not mark.skipped} if board else set()
            if len(values) == 1 and len(value := values.pop()) == 1:
                return value[0]
        return ""

    def proposals(self) -> Mapping[str, int]:
        """The answers that enter takes on questions nobody has answered."""
        scenario = self.case.scenario
        items = (item for item in scenario.items() if item.answers) if scenario else ()
        places = {item.id: self.proposed(item) for item in items if not self.case.marks(item.id)}
        return {name: place for name, place in places.items() if place >= 0}

    def _place(self, item: Item, wanted: str) -> int:
        return next((n for n, answer in enumerate(item.answers) if answer.id == wanted), -1)

    def _given(self, item: Item) -> set[int]:
        marks = self.case.marks(item.id).values()
        return {n for n, answer in enumerate(item.answers) if any(answer.id in mark.value for mark in marks)}

    def _given_place(self, item: Item) -> int:
        """The place of the answer that was given, alike for all mailboxes the next key is for; or -1."""
        marks = self.case.marks(item.id)
        values = {marks[name].value for name in (self.targets(item) or ("",)) if name in marks}
        value = values.pop() if len(values) == 1 else ()
        return self._place(item, value[0]) if value else -1

    def _still_so(self, item: Item) -> None:
        """A text or a date that has to be checked again is as it was; one that was not given yet is typed."""
        marks = [mark for mark in self.case.marks(item.id).values() if mark.stale]
        if self.case.status(item.id).state is State.STALE and len({(mark.value, mark.told) for mark in marks}) == 1:
            self._answer(item, marks[0].value, told=marks[0].told)
        else:
            self._type_answer(item)

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
        chosen = mailboxes or self.targets(item)
        if not self._may_answer(item, value, chosen, word):
            return
        asks = next((answer.asks for name in value if (answer := item.answer(name)) and answer.asks), "")

        def confirmed(told: str) -> None:
            command = AnswerIt(item.id, value, chosen, told, word=word)
            scenario = self.case.scenario
            if scenario is None or not confirms(scenario, item, value):
                self.do(command, item)
                return
            said = answer_text(item, value)
            heading = (("Put down ", "strong"), (said, "chip"), (f"{self.whom(item, chosen)}?", "strong"))
            self.app.push_screen(
                Confirm(heading, self.named(item, chosen), yes=said),
                lambda yes: self.do(command, item) if yes else None,
            )

        before = self._told_before(item, value, chosen)
        if asks and not told and not before:
            self.app.push_screen(
                Ask(asks, f"{item.text}{self.whom(item, chosen)}", check=something, warn=secret_like),
                lambda text: confirmed(text) if text is not None else None,
            )
        else:
            confirmed(told or before)

    def _told_before(self, item: Item, value: tuple[str, ...], mailboxes: tuple[str, ...]) -> str:
        """What was told with the same answer, where that is only said to be still so."""
        marks = self.case.marks(item.id)
        mine = [marks.get(name) for name in (mailboxes or ("",))]
        told = {mark.told for mark in mine if mark is not None and mark.stale and mark.value == value}
        return told.pop() if len(told) == 1 and all(mark is not None and mark.stale for mark in mine) else ""

    def _may_answer(self, item: Item, value: tuple[str, ...], mailboxes: tuple[str, ...], word: Word | None) -> bool:
        if self.under_way():
            return True
        opened = any(answer.open for answer in item.answers if answer.id in value)
        return self.allowed(
            lambda: may_mark(self.case.position(), item, mailboxes, value, open_answer=opened, by_word=word is not None)
        )

    def named(self, item: Item, mailboxes: tuple[str, ...]) -> str:
        """What a confirmation names: the item, the domain, and the mailboxes where they are few enough to be read."""
        names = ", ".join(mailboxes)
        return f"{item.text} · {self.case.domain}{f': {names}' if names else ''}"

    def answer_each(self, item: Item, answer: Answer) -> None:
        """Answer a question; what is told with the answer may be true of one mailbox and not of the others."""
        rest = self.targets(item)
        if not (item.each and answer.asks and len(rest) > 1):
            self._answer(item, (answer.id,))
            return
        options = [("both of them" if len(rest) == 2 else f"all {len(rest)} of them", "")]
        options += [(name, "") for name in rest]
        if len(rest) > 2:
            options.append(("several of them", ""))

        def answered(place: int | None) -> None:
            if place is None:
                return
            if place > len(rest):
                self.pick_mailboxes(item, lambda chosen: self._answer(item, (answer.id,), chosen), list(rest))
            else:
                self._answer(item, (answer.id,), (rest[place - 1],) if place else rest)

        if self._may_answer(item, (answer.id,), rest, None):
            text = f"{answer.text[:1].upper()}{answer.text[1:]}: which mailboxes?"
            self.app.push_screen(Pick(text, options), answered)

    def _pick_several(self, item: Item, place: int) -> None:
        """Mark an answer of a question that takes several, or take its mark away."""
        picked = self.checklist.shown.picked.setdefault(item.id, self._given(item))
        picked ^= {place}
        self.draw_after_step()

    # -- enter
    def _open_question(self, item: Item) -> None:
        """enter: take the answer shown, or those marked; else ask for which mailboxes, or have it typed."""
        shown = self.checklist.shown
        if item.select == "several":
            picked = shown.picked.get(item.id, self._given(item))
            if picked:
                self._answer(item, tuple(item.answers[place].id for place in sorted(picked)))
            else:
                self.refused(WrongUse("Nothing is marked yet", "the digits mark, enter takes those marked"))
            return
        if not self._openable(item):
            return
        if not item.answers:
            self._type_answer(item)
            return
        many = item.each and len(self.targets(item)) > 1
        place = shown.offered.get(item.id, -1)
        if place < 0 and self.case.status(item.id).state is State.STALE:
            place = self._given_place(item)
        if place < 0 and not many and not self.case.marks(item.id):
            place = self.proposed(item)
        if place >= 0:
            self._answer(item, (item.answers[place].id,))
        elif many:
            self.pick_mailboxes(item, lambda chosen: self._pick_answer(item, chosen))
        else:
            self._pick_answer(item, ())

    def _openable(self, item: Item) -> bool:
        """Whether a question can be answered at all now; where not, it is told, with what can be said instead."""
        try:
            if self.under_way() or self.case.marks(item.id):  # a correction can always be recorded
                need_client(self.case.conversation, item)
            else:
                may_mark(self.case.position(), item, self.targets(item))
        except OxtuiError as error:
            self.offer(item, error)
            return False
        return True

    def _pick_answer(self, item: Item, mailboxes: tuple[str, ...], word: Word | None = None) -> None:
        options = [(answer.text, "") for answer in item.answers]
        cursor = max(0, self.proposed(item))

        def answered(place: int | None) -> None:
            if place is not None:
                self._answer(item, (item.answers[place].id,), mailboxes, word=word)

        self.app.push_screen(Pick(f"{item.text}{self.whom(item, mailboxes)}", options, item.detail, cursor), answered)

    def _type_answer(self, item: Item, typed: str = "", word: Word | None = None) -> None:
        today = self.service.clock.today()

        def parts(text: str) -> list[str]:
            return text.replace(" to ", ",").replace(" - ", ",").split(",") if item.select == "dates" else [text]

        def ahead(text: str) -> str | None:
            return next((why for part in parts(text) if (why := looks_ahead(part, today))), None)

        def check(text: str) -> tuple[str, ...]:
            if item.select == "text":
                return (something(text),)
            dates = tuple(parse_date(part, today).isoformat() for part in parts(text))
            if item.select == "dates" and (len(dates) != 2 or dates[0] > dates[1]):
                raise WrongUse("Two dates are needed, the first one first", "for example 12/9 to yesterday")
            return dates

        warn = secret_like if item.select == "text" else ahead
        hints = {"date": "12/9, yesterday, 3d", "dates": "12/9 to yesterday"}
        before = next((mark.value for mark in self.case.marks(item.id).values()), ())
        known = answer_text(item, before) if before else ""
        self.app.push_screen(
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
