"""The keys of a question: stepping through its answers, picking, typing, confirming; and following where one leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from oxtui.cases.case import Case
from oxtui.cases.commands.marks import AnswerIt, Word
from oxtui.cases.commands.typed import check_told, example_of, told_pattern, typed_number
from oxtui.cases.dates import looks_ahead, parse_date
from oxtui.cases.guard import may_mark, need_client
from oxtui.cases.outcome import answer_text
from oxtui.cases.status import State
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.model import Item
from oxtui.screens.call_flow.choosing import Choosing
from oxtui.screens.case.part import CasePart, KeyWords, one_line
from oxtui.screens.case.reporting import Reporting
from oxtui.screens.case.targets import Targets
from oxtui.screens.dialogs.ask import Ask, Choice, Confirm, Pick
from oxtui.screens.parts.part import Flow
from oxtui.text import secret_like, sentence
from oxtui.widgets.bars import KeyHint
from oxtui.widgets.item_rows import Row


class Questions(CasePart):
    """The keys that act on a question."""

    targets: Targets
    reporting: Reporting
    close: Callable[[], None]
    changing: Choosing

    # -- keys
    def words(self, row: Row) -> KeyWords:
        """Return what the keys do to a question."""
        item, shown, count = row.item, self.checklist.shown, len(row.item.answers)
        word = "mark" if item.select == "several" else "answer"
        digits = KeyHint(f"1-{count}" if count > 1 else "1", word, "digit(1)") if count else None
        if row.status.state is State.STALE:
            return KeyWords("next answer" if count else "still so", digits, "still so")
        take = (item.id in shown.offered or item.id in shown.proposed) and not self.case.marks(item.id)
        return KeyWords("next answer" if count else "", digits, "take" if take else "answer")

    def digit(self, row: Row, digit: int) -> None:
        """Take or mark the answer with that digit; if the answer is typed, begin it with the digit."""
        item, again = row.item, partial(self.digit, row, digit)
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
            answer = item.answers[digit - 1]
            # any answer but the usual one may be true of one mailbox only
            usual = not answer.asks and answer is item.answers[max(0, proposed(self.case, item))]
            (self._answer if usual else self._answer_some)(item, (answer.id,))

    def pasted(self, item: Item, text: str) -> bool:
        """Open the field of a typed answer with a pasted text; return False if the answer is not typed."""
        if not item.answers and self.targets.markable(item, partial(self.pasted, item, text)):
            self.type_answer(item, text)
        return not item.answers

    # -- stepping
    def tick(self, row: Row) -> None:
        """space: step through the answers from the one proposed; a typed answer to check again is confirmed."""
        item = row.item
        if not self._answerable(item):
            return
        if not item.answers:
            self._still_so(item)
            return
        shown = self.checklist.shown
        at = shown.offered.get(item.id)
        if at is None:
            current = current_answer(self.case, item, self.targets.of(item))
            stale = self.case.status(item.id).state is State.STALE
            at = (current if stale else current + 1) if current >= 0 else max(0, proposed(self.case, item))
        else:
            at += 1
        shown.offered[item.id] = at % len(item.answers)
        self.screen.draw_answer()

    def _answerable(self, item: Item) -> bool:
        return self.screen.under_way() or self.screen.allowed(lambda: need_client(self.case.conversation, item))

    def _still_so(self, item: Item) -> None:
        """Confirm a typed answer if all mailboxes have the same; else have it typed."""
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
        """Record an answer, after asking for the values it needs and for a witness's confirmation."""
        chosen = mailboxes or self.targets.of(item)
        if not self._may_answer(item, value, chosen, word):
            return
        asks = next((answer.asks for name in value if (answer := item.answer(name)) and answer.asks), "")

        def flow() -> Flow[None]:
            text = told or self._told_before(item, value, chosen)
            if asks and not text:
                if self._ends_service(item, value):
                    text = yield from self.reporting.ask_who_and_when(asks, item.text)
                else:
                    text = yield self._ask_told(item, value, chosen, asks)
            if self.targets.confirms(item, value):
                words = answer_text(item, value, self.case.procedure.words)
                yield self.targets.confirmation(item, words, chosen)
            self.screen.do(AnswerIt(item.id, value, chosen, text, word=word), item)
            yield from self._lead_on(item, value)

        self.follow(flow())

    def _ask_told(self, item: Item, value: tuple[str, ...], mailboxes: tuple[str, ...], asks: str) -> Ask:
        """Return the field for the text that an answer asks for; a number that the case has is proposed."""
        case = self.case
        form, fields = told_pattern(item, value), case.procedure.about.fields
        known = (case.details.of(name) for name, each in fields.items() if form and each.pattern == form)
        return Ask(
            asks,
            f"{item.text}{self.targets.whom(item, mailboxes)}",
            value=next(filter(None, known), ""),
            placeholder=example_of(case, form),
            check=lambda text: check_told(case, item, value, one_line(text)),
        )

    def _ends_service(self, item: Item, value: tuple[str, ...]) -> bool:
        """Return whether an answer says that a killer was done already."""
        atoms = (killer.already for killer in self.items() if killer.already)
        return any(atom.item == item.id and not atom.answers.isdisjoint(value) for atom in atoms)

    def _told_before(self, item: Item, value: tuple[str, ...], mailboxes: tuple[str, ...]) -> str:
        """Return the text typed with the same answer, if that is now being confirmed."""
        marks = self.case.marks(item.id)
        mine = [marks.get(name) for name in (mailboxes or ("",))]
        texts = {mark.told for mark in mine if mark is not None and mark.stale and mark.value == value}
        return texts.pop() if len(texts) == 1 and all(mark is not None and mark.stale for mark in mine) else ""

    def _may_answer(self, item: Item, value: tuple[str, ...], mailboxes: tuple[str, ...], word: Word | None) -> bool:
        if self.screen.under_way():
            return True
        opened = any(answer.open for answer in item.given(value))
        return self.screen.allowed(
            lambda: may_mark(self.case.position(), item, mailboxes, value, open_answer=opened, by_word=word is not None)
        )

    def _answer_some(self, item: Item, value: tuple[str, ...]) -> None:
        """Answer a question after asking for which mailboxes, if there are several."""
        rest = self.targets.of(item)
        if not item.each or len(rest) < 2:
            self._answer(item, value)
            return
        if not self._may_answer(item, value, rest, None):
            return
        choices: list[Choice] = [
            (
                "both of them" if len(rest) == 2 else f"all {len(rest)} of them",
                "",
                partial(self._answer, item, value, rest),
            )
        ]
        choices += [(name, "", partial(self._answer, item, value, (name,))) for name in rest]
        if len(rest) > 2:
            choices.append(("several of them", "", lambda: self.follow(self._answer_picked(item, value))))
        words = answer_text(item, value, self.case.procedure.words)
        self.choose_from(f"{sentence(words)}: which {self.case.procedure.about.many}?", choices)

    def _answer_picked(self, item: Item, value: tuple[str, ...]) -> Flow[None]:
        self._answer(item, value, (yield from self.pick_mailboxes(item.text, self.targets.of(item))))

    def _mark(self, item: Item, place: int) -> None:
        """Mark an answer of a question that takes several, or remove its mark."""
        picked = self.checklist.shown.picked.setdefault(item.id, current_answers(self.case, item))
        picked ^= {place}
        self.checklist.shown.refused = None  # "nothing is marked yet" is no longer true
        self.screen.draw_answer()

    # -- enter
    def open(self, row: Row) -> None:
        """enter: take the answer shown, or those marked; otherwise ask for the answer or have it typed."""
        item = row.item
        if self.targets.missing(item):
            self.targets.markable(item, partial(self.open, row))
            return
        shown = self.checklist.shown
        if item.select == "several":
            picked = shown.picked.get(item.id, current_answers(self.case, item))
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
            place = current_answer(self.case, item, self.targets.of(item))
        if place < 0 and not many and not self.case.marks(item.id):
            place = proposed(self.case, item)
        if place >= 0:
            self._answer(item, (item.answers[place].id,))
        else:  # the answers first: their digits are the same as on the row
            self._pick_answer(item, lambda value: self._answer_some(item, value))

    def _openable(self, item: Item) -> bool:
        def check() -> None:
            if self.screen.under_way() or self.case.marks(item.id):  # a correction can always be recorded
                need_client(self.case.conversation, item)
            else:
                may_mark(self.case.position(), item, self.targets.of(item))

        return self.reporting.allowed(item, check, self.by_word)

    def by_word(self, item: Item, word: Word) -> None:
        """Ask for the answer that a colleague gave."""
        if item.answers:
            whom = self.targets.whom(item, ())
            self._pick_answer(item, lambda value: self._answer(item, value, word=word), whom)
        else:
            self.type_answer(item, word=word)

    def _pick_answer(self, item: Item, then: Callable[[tuple[str, ...]], None], whom: str = "") -> None:
        options = [(answer.text, "") for answer in item.answers]
        cursor = max(0, proposed(self.case, item))
        self.ask(
            Pick(f"{item.text}{whom}", options, item.detail, cursor), lambda place: then((item.answers[place].id,))
        )

    def type_answer(self, item: Item, typed: str = "", word: Word | None = None) -> None:
        """Have a text, number or date typed; the field begins with `typed`, else with the answer before."""
        today = self.service.clock.today()

        def parts(text: str) -> list[str]:
            return text.replace(" to ", ",").replace(" - ", ",").split(",") if item.select == "dates" else [text]

        def ahead(text: str) -> str | None:
            return next((why for part in parts(text) if (why := looks_ahead(part, today))), None)

        def check(text: str) -> tuple[str, ...]:
            if item.select == "text":
                return (one_line(text),)
            if item.select in ("number", "money"):
                return (typed_number(text, item.select),)
            dates = tuple(parse_date(part, today).isoformat() for part in parts(text))
            if item.select == "dates" and (len(dates) != 2 or dates[0] > dates[1]):
                raise WrongUse("Two dates are needed, the first one first", "for example 12/9 to yesterday")
            return dates

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
                warn=ahead if item.select in ("date", "dates") else secret_like,
                begun=bool(typed),
            ),
            lambda value: self._answer(item, value, word=word),
        )

    # -- where an answer leads
    def _lead_on(self, item: Item, value: tuple[str, ...]) -> Flow[None]:
        """Offer the scenario or the ending that an answer names; *no* leaves the case as it is."""
        answer = next((each for each in item.answers if each.id in value and (each.ending or each.goes_to)), None)
        if answer is None:
            return
        if answer.goes_to is not None:
            number = answer.goes_to.scenario
            scenario = self.case.procedure.scenarios.get(number)
            if scenario is not None and self.case.number != number:
                yield Confirm(answer.text, ask=f"Change to scenario {number}: {scenario.title}?", yes="change")
                self.changing.choose(number, {})
            return
        ending = next((each for each in self.case.procedure.endings if each.id == answer.ending), None)
        if ending is not None and not ending.complete:
            yield Confirm(answer.text, ask=f"Close the case: {ending.text}?", yes="close", no="not yet")
            self.close()


# -- the places of answers, as the checklist draws them
def proposals(case: Case) -> Mapping[str, int]:
    """Return the place of the answer that enter takes, for each question without an answer."""
    items = (item for item in case.scenario.items() if item.answers) if case.scenario else ()
    places = {item.id: proposed(case, item) for item in items if not case.marks(item.id)}
    return {name: place for name, place in places.items() if place >= 0}


def proposed(case: Case, item: Item) -> int:
    """Return the place of the answer that the playbook, DNS or another answer proposes, or -1."""
    proposal = item.proposal
    wanted = ""
    if proposal is not None:
        wanted = proposal.answer
        if proposal.item:
            mark = case.marks(proposal.item).get("")
            wanted = mark.value[0] if mark and mark.value else ""
        elif proposal.evidence:
            wanted = case.situation.evidence.get(proposal.evidence, "")
    return place_of(item, wanted or _answered_elsewhere(case, item))


def _answered_elsewhere(case: Case, item: Item) -> str:
    """Return the answer to the same question in another scenario of the case, if all mailboxes have the same."""
    for number, name in item.same_as:
        board = case.boards.get(number)
        values = {mark.value for mark in board.of(name).values() if not mark.skipped} if board else set()
        if len(values) == 1 and len(value := values.pop()) == 1:
            return value[0]
    return ""


def current_answers(case: Case, item: Item) -> set[int]:
    """Return the places of all current answers; none while mailboxes are still to do."""
    status = case.statuses.get(item.id)
    if item.each and status is not None and State.TODO in status.by.values():
        return set()
    marks = case.marks(item.id).values()
    return {n for n, answer in enumerate(item.answers) if any(answer.id in mark.value for mark in marks)}


def current_answer(case: Case, item: Item, mailboxes: tuple[str, ...]) -> int:
    """Return the place of the current answer if these mailboxes have the same, else -1."""
    marks = case.marks(item.id)
    values = {marks[name].value for name in (mailboxes or ("",)) if name in marks}
    value = values.pop() if len(values) == 1 else ()
    return place_of(item, value[0]) if value else -1


def place_of(item: Item, answer: str) -> int:
    """Return the place of an answer by its id, or -1."""
    return next((n for n, each in enumerate(item.answers) if each.id == answer), -1)
