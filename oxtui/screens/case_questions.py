"""The keys of a question: stepping through its answers, picking, typing, confirming."""

from __future__ import annotations

from oxtui.cases.commands import (
    AnswerIt,
    confirmation,
    needs_confirmation,
)
from oxtui.cases.dates import looks_ahead, parse_date
from oxtui.errors import WrongUse
from oxtui.playbook.model import Answer, Item
from oxtui.screens.case_parts import CaseParts, named, something
from oxtui.screens.dialogs import Ask, Confirm, Pick
from oxtui.text import secret_like


class QuestionKeys(CaseParts):
    """What the keys do to a question."""

    def _step(self, item: Item) -> None:
        """Step through a question's answers, beginning with the one proposed."""
        if not self.markable(item):
            return
        shown = self.checklist.shown
        if not item.answers:
            self.action_open()
            return
        at = shown.offered.get(item.id)
        given = self.case.record(item.id).marks.get("")
        if at is None and given and given.value:
            place = next((n for n, answer in enumerate(item.answers) if answer.id == given.value[0]), -1)
            shown.offered[item.id] = (place + 1) % len(item.answers)
        elif at is None:
            proposed = self.proposed(item)
            shown.offered[item.id] = max(0, proposed)
        else:
            shown.offered[item.id] = (at + 1) % len(item.answers)
        self.draw_after_step()

    def proposed(self, item: Item) -> int:
        """The place of the answer that is proposed, or -1: by another answer, by the evidence, by the playbook."""
        proposal = item.proposal
        if proposal is None:
            return -1
        wanted = proposal.answer
        if proposal.item:
            mark = self.case.record(proposal.item).marks.get("")
            wanted = mark.value[0] if mark and mark.value else ""
        elif proposal.evidence:
            wanted = self.evidence_answers().get(proposal.evidence, "")
        return next((n for n, answer in enumerate(item.answers) if answer.id == wanted), -1)

    def _given(self, item: Item) -> set[int]:
        mark = self.case.record(item.id).marks.get("")
        return {n for n, answer in enumerate(item.answers) if mark and answer.id in mark.value}

    def _answer(self, item: Item, value: tuple[str, ...], mailboxes: tuple[str, ...] = ()) -> None:
        """Answer a question, after asking what the answer needs to be told, and confirming it where it has to be."""
        asks = next((answer.asks for name in value if (answer := item.answer(name)) and answer.asks), "")
        scenario = self.case.scenario
        if item.each and not mailboxes:  # what was answered for some mailboxes is answered for the others now
            rest = self.case.left(item)
            mailboxes = rest if len(rest) < len(self.case.addresses) else ()
        chosen = f" · only {', '.join(mailboxes)}" if mailboxes else ""

        def confirmed(told: str) -> None:
            if scenario is None or not needs_confirmation(scenario, item, value):
                self.do(AnswerIt(item.id, value, mailboxes, told), item)
                return
            said = confirmation(self.case, item)
            names = ", ".join(answer.text for name in value if (answer := item.answer(name)))

            def answered(yes: bool | None) -> None:
                if yes:
                    self.do(AnswerIt(item.id, value, mailboxes, told, "", said), item)

            text = named(self.case, said, mailboxes)
            self.app.push_screen(Confirm(f"Is it so: {names}?", text, yes="yes, it is so"), answered)

        if asks:
            self.app.push_screen(
                Ask(asks, item.text + chosen, check=something, warn=secret_like),
                lambda told: confirmed(told) if told is not None else None,
            )
        else:
            confirmed("")

    def answer_each(self, item: Item, answer: Answer) -> None:
        """Answer a question; what is told with the answer may be true of one mailbox and not of the others."""
        rest = list(self.case.left(item) or self.case.addresses)
        if not (item.each and answer.asks and len(rest) > 1):
            self._answer(item, (answer.id,))
            return
        options = [(f"all {len(rest)} of them", ""), *((name, "") for name in rest)]
        if len(rest) > 2:
            options.append(("several of them", ""))

        def answered(place: int | None) -> None:
            if place is None:
                return
            if place > len(rest):
                self.pick_mailboxes(item, lambda chosen: self._answer(item, (answer.id,), chosen), rest)
            else:
                self._answer(item, (answer.id,), (rest[place - 1],) if place else ())

        self.app.push_screen(Pick(f"{answer.text.capitalize()}: which mailboxes?", options), answered)

    def _open_question(self, item: Item) -> None:
        if not self.markable(item, self.action_open):
            return
        shown = self.checklist.shown
        if item.select == "several":
            picked = shown.picked.get(item.id, self._given(item))
            if picked:
                self._answer(item, tuple(item.answers[place].id for place in sorted(picked)))
            else:
                self.refused(WrongUse("Nothing is marked yet", "the digits mark, enter takes those marked"))
        elif item.answers:
            place = shown.offered.get(item.id, self.proposed(item) if not self.case.record(item.id).marks else -1)
            if place >= 0:
                self._answer(item, (item.answers[place].id,))
            elif item.each and len(self.case.addresses) > 1:
                self.pick_mailboxes(item, lambda chosen: self._pick_answer(item, chosen))
            else:
                self._pick_answer(item, ())
        else:
            self._type_answer(item)

    def _pick_answer(self, item: Item, mailboxes: tuple[str, ...]) -> None:
        options = [(answer.text, "") for answer in item.answers]

        def answered(place: int | None) -> None:
            if place is not None:
                self._answer(item, (item.answers[place].id,), mailboxes)

        self.app.push_screen(Pick(item.text, options, item.detail), answered)

    def _type_answer(self, item: Item) -> None:
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
        self.app.push_screen(
            Ask(item.text, item.detail, placeholder=hints.get(item.select, ""), check=check, warn=warn),
            lambda value: self._answer(item, value) if value else None,
        )
