"""What somebody wants done to a case, as values: each looks at the case and gives the events to append.

A command is decided against the newest log; where it may not be done it raises Refusal (why, and what would lift it)
or WrongUse (a value that does not fit), and nothing is appended. Its event ids are made before it is sent, so that
sending it twice writes it once. `conduct` has the commands that concern the case as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from oxtui.cases import moves
from oxtui.cases.board import Effects, Mark
from oxtui.cases.case import Case, moment_of, touch_of
from oxtui.cases.contradictions import put_back, seen_by, spoken_against
from oxtui.cases.dates import show
from oxtui.cases.guard import Position, Way, need_client, need_conversation, needs_ceremony, waits_text
from oxtui.cases.money import Quote
from oxtui.cases.moves import Change
from oxtui.cases.state import quote_terms
from oxtui.cases.status import Standing, State
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.model import LICENCES, Answer, Item, Scenario, Value
from oxtui.playbook.patterns import fits
from oxtui.text import clean

BY: Final = ("me", "client", "colleague", "sme")
UNDO_MINUTES: Final = 5
"""How long one's last mark can be undone without a conversation."""


class Draft(NamedTuple):
    """An event before it is numbered and dated: its id, what happened, and its data."""

    id: str
    what: str
    data: dict[str, Any]


class Making:
    """The ids of the events that one command makes: the command's own, then numbered ones.

    `seen` is the last event that the screen had shown; None where nobody looked at one.
    """

    def __init__(self, command_id: str, now: datetime, seen: int | None = None) -> None:
        self.command_id = command_id
        self.now = now
        self.seen = seen
        self._count = 0

    def id(self) -> str:
        """The id of the next event."""
        self._count += 1
        return self.command_id if self._count == 1 else f"{self.command_id}{self._count}"

    def draft(self, what: str, data: Mapping[str, Any], event_id: str = "") -> Draft:
        """An event of this command."""
        return Draft(event_id or self.id(), what, dict(data))


class Command(Struct, frozen=True):
    """One thing somebody wants done to a case."""

    STANDS_ALONE: ClassVar[bool] = False
    """Whether it is kept where one that was typed before it is refused: a note, say."""

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """The events it appends to `case`; raises Refusal or WrongUse where it may not be done."""
        return []

    def rests_on(self, case: Case) -> Iterable[tuple[object, ...]]:
        """What it was decided on, as `Case.touched` names it: changed by somebody else since, nothing is written."""
        return ()


def scenario_of(case: Case) -> Scenario:
    """The case's scenario; raises Refusal where none was chosen."""
    if case.scenario is None:
        raise Refusal("No scenario was chosen yet", "s opens the call flow")
    return case.scenario


def item_of(case: Case, item_id: str) -> tuple[Scenario, Item]:
    """An item of the case's scenario; raises Refusal where the scenario has it not."""
    scenario = scenario_of(case)
    item = scenario.by_id.get(item_id)
    if item is None:
        raise Refusal(f"This scenario has no item '{clean(item_id)}'", "the scenario may have changed: look again")
    return scenario, item


def shown_of(case: Case, item_id: str, mailboxes: tuple[str, ...] = ()) -> list[tuple[object, ...]]:
    """What an item's row showed: its marks, those that it rests on directly, the domain and the mailboxes."""
    scenario = case.scenario
    if scenario is None or item_id not in scenario.by_id:
        return [("scenario",)]
    names = (item_id, *(name for name in scenario.rests_on.get(item_id, ()) if name != LICENCES))
    chosen = mailboxes or case.addresses
    found: list[tuple[object, ...]] = [("scenario",), ("domain",), ("mailboxes",)]
    for name in names:
        for mailbox in chosen if scenario.by_id[name].each else ("",):
            found.append(touch_of(scenario.number, (name, mailbox)))
    return found


class Word(Struct, frozen=True):
    """A colleague's word: who saw or did it, when (local, ISO), and whether the client was authenticated by them."""

    who: str
    when: str
    authenticated: bool = False


class ItemCommand(Command, frozen=True):
    """A command about one item of the scenario."""

    item: str

    def rests_on(self, case: Case) -> Iterable[tuple[object, ...]]:
        return shown_of(case, self.item, getattr(self, "mailboxes", ()))


# -- typed values
def check_value(case: Case, value: Value, text: str) -> str:
    """`text` cleaned and checked against the form that the playbook gives; raises WrongUse."""
    text = clean(text).strip()
    if not text:
        if value.required:
            raise WrongUse(f"{value.label} is missing", _example(case, value))
        return ""
    if value.kind == "date":
        return iso_date(text, value.label)
    if value.pattern:
        pattern, example = case.procedure.patterns[value.pattern]
        for written in (text, text.upper()):  # host-4412 is HOST-4412
            if fits(pattern, written):
                return written
        raise WrongUse(f"'{text}' does not look like a {value.label}", f"for example {example}")
    return text


def _example(case: Case, value: Value) -> str:
    return f"for example {case.procedure.patterns[value.pattern][1]}" if value.pattern else ""


def iso_date(text: str, label: str) -> str:
    """`text` where it is a date as YYYY-MM-DD; raises WrongUse naming `label`."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise WrongUse(f"{label}: '{text}' is not a date", "YYYY-MM-DD") from None


def check_values(case: Case, item: Item, given: Mapping[str, str]) -> dict[str, str]:
    """What was typed with an item, checked; only what was typed."""
    values = {value.key: check_value(case, value, given.get(value.key, "")) for value in item.values}
    return {key: text for key, text in values.items() if text}


def check_answer(item: Item, value: tuple[str, ...]) -> tuple[str, ...]:
    """Answer ids, a text, or ISO dates as a question takes them; raises WrongUse."""
    texts = tuple(clean(text).strip() for text in value)
    if item.select in ("one", "several"):
        known = [answer.id for answer in item.answers]
        unknown = [text for text in texts if text not in known]
        if unknown or not texts or (item.select == "one" and len(texts) != 1):
            raise WrongUse(f"'{item.text}' is not answered by that", _offers(item.answers))
        return tuple(name for name in known if name in texts)
    if not texts or not all(texts):
        raise WrongUse(f"'{item.text}' needs a value", "")
    if item.select == "text":
        return texts[:1]
    dates = tuple(iso_date(text, item.text) for text in texts)
    if len(dates) != (2 if item.select == "dates" else 1) or list(dates) != sorted(dates):
        raise WrongUse(f"'{item.text}': from comes before to", "two dates")
    return dates


def _offers(answers: tuple[Answer, ...]) -> str:
    return "one of: " + ", ".join(answer.text for answer in answers)


def one_text(text: str, missing: str, hint: str = "one line is enough") -> str:
    """`text` cleaned, several lines allowed; raises WrongUse where nothing is left."""
    found = clean(text, lines=True).strip()
    if not found:
        raise WrongUse(missing, hint)
    return found


# -- marking
def marked(
    case: Case, what: str, item: Item, change: Change, making: Making, data: Mapping[str, Any], event_id: str
) -> Draft:
    """The event of a change that marks an item, with the effects it names."""
    body: dict[str, Any] = {"scenario": case.number, "item": item.id}
    if item.each:
        body["mailboxes"] = [key[1] for key in (change.marks or change.taken_back)]
    body |= data
    if any(mark.first != event_id for mark in change.marks.values()):
        body["again"] = True
    body |= {"order_gone": True} if change.covered else {}
    return making.draft(what, body | {"effects": change.effects.to_data()}, event_id)


def _chosen(case: Case, item: Item, mailboxes: tuple[str, ...]) -> tuple[str, ...]:
    """The mailboxes meant; what was chosen and is no mailbox of the case is refused."""
    strange = [address for address in mailboxes if address not in case.addresses]
    if item.each and strange:
        raise WrongUse(f"{clean(strange[0])} is not a mailbox of this case", "i: the mailboxes")
    return mailboxes if item.each else ()


def _by_word(case: Case, item: Item, word: Word | None, mailboxes: tuple[str, ...]) -> dict[str, Any]:
    """What an event keeps of a colleague's word; raises Refusal where something newer speaks against it."""
    if word is None:
        # what the client says in writing counts from when it was written; what the agent does, from now
        in_writing = item.client and case.conversation.mode == "writing"
        written = case.event(case.conversation.event) if in_writing else None
        if written is None or not written.get("written_at"):
            return {}
        at = datetime.fromisoformat(str(written.get("written_at")))
        _nothing_newer(case, item, mailboxes, at, "the client has to say it anew; or say at what time it was written")
        return {"told_at": written.get("written_at")}
    if not item.by_word:
        raise Refusal(f"'{item.text}' has to be seen by yourself", "a colleague's word does not count for it")
    who = one_text(word.who, "Whose word is it?")
    moment = moment_of(word.when)
    if moment is None:
        raise WrongUse("When did they see it?", "a date, or date and time")
    at = moment.replace(tzinfo=case.now.tzinfo)
    if at > case.now:
        raise WrongUse("That is still to come", "when did they see it?")
    if len(word.when) == 10:
        at = min(at + timedelta(days=1) - timedelta(seconds=1), case.now)
    _nothing_newer(case, item, mailboxes, at, "their word is older: ask again")
    return {
        "word": {"who": who, "when": word.when, "authenticated": word.authenticated},
        "told_at": at.isoformat(timespec="seconds"),
    }


def _nothing_newer(case: Case, item: Item, mailboxes: tuple[str, ...], at: datetime, hint: str) -> None:
    """Refuse what was told or written at a time since which something that it rests on was marked or lost."""
    for key in shown_of(case, item.id, mailboxes):
        touch = case.touched.get(key)
        if touch is None or len(key) != 3 or key[1] == item.id or touch.at <= at:
            continue
        name = str(key[1])
        other = case.scenario.by_id.get(name) if case.scenario else None
        seen = touch.at.astimezone(case.now.tzinfo)
        text = f"'{other.text if other else name}' changed after that, {show(seen.date())} {seen:%H:%M}"
        raise Refusal(text, hint)


class Tick(ItemCommand, frozen=True):
    """Tick an action: for `mailboxes` (none named: all it is still to be done for), with the values it asks for."""

    mailboxes: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    through: str = ""
    by: str = "me"
    word: Word | None = None

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `ticked` event."""
        _, item = item_of(case, self.item)
        if item.kind != "action":
            raise Refusal(f"'{item.text}' is a question", "answer it with a digit")
        if item.quote:
            raise Refusal(f"'{item.text}' is done by a quote in the case", "c opens the calculator")
        event_id = making.id()
        change = moves.mark(
            case.position(), item, event_id,
            mailboxes=_chosen(case, item, self.mailboxes), word=self.word.who if self.word else "",
        )  # fmt: skip
        again = all(key in case.board.marks for key in change.marks)
        if self.by not in BY:
            raise WrongUse(f"'{clean(self.by)}' is nobody it can be done by", ", ".join(BY))
        ways = case.ways(item)
        if not again:
            if self.through in item.through and self.through not in ways:
                raise Refusal(f"'{item.text}': not through {self.through} here", f"through {' or '.join(ways)}")
            if item.through and self.through not in ways:
                raise WrongUse(f"'{item.text}': say through what", " or ".join(ways))
        values = {} if again and not self.values else check_values(case, item, self.values)
        data: dict[str, Any] = {"values": values, "through": self.through if item.through else "", "by": self.by}
        if LICENCES in item.uses and item.acts:
            data["licences"] = case.licences
        data |= _by_word(case, item, self.word, self.mailboxes)
        return [marked(case, "ticked", item, change, making, data, event_id)]


class AnswerIt(ItemCommand, frozen=True):
    """Answer a question: answer ids, a text, or ISO dates; `told` is what the answer asks to be told with it."""

    value: tuple[str, ...]
    mailboxes: tuple[str, ...] = ()
    told: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    word: Word | None = None

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `answered` event; or, where the former answer is typed at once, the undo of the one before."""
        data: dict[str, Any]
        scenario, item = item_of(case, self.item)
        if item.kind != "question":
            raise Refusal(f"'{item.text}' is not a question", "space ticks it")
        value = check_answer(item, self.value)
        told = clean(self.told, lines=True).strip()
        asks = next((answer.asks for answer in item.answers if answer.id in value and answer.asks), "")
        mailboxes = _chosen(case, item, self.mailboxes)
        if undone := self._typed_back(case, scenario, item, value, told, mailboxes):
            data = {"entry": undone, "what": "answered", "typed": True}
            return [making.draft("undone", data | _contradicted_since(case))]
        event_id = making.id()
        saw = seen_by(case, making.seen).get(item.proposal.evidence, "") if item.proposal else ""
        change = moves.mark(
            case.position(), item, event_id,
            mailboxes=mailboxes, value=value, told=told, word=self.word.who if self.word else "", saw=saw,
        )  # fmt: skip
        if asks and not told:
            raise WrongUse(asks, "one line is enough")
        if keys := spoken_against(case, scenario.number, change.marks, case.situation.evidence):
            stale = tuple((key, "evidence") for key in keys)  # DNS has answered behind the screen
            effects = change.effects
            change = replace(change, effects=replace(effects, stale=(*effects.stale, *stale)))
        data = {"value": list(value), "told": told}
        data |= {"saw": saw} if saw else {}
        data |= {"values": found} if (found := check_values(case, item, self.values)) else {}
        data |= _by_word(case, item, self.word, self.mailboxes)
        return [marked(case, "answered", item, change, making, data, event_id)]

    def _typed_back(
        self, case: Case, scenario: Scenario, item: Item, value: tuple[str, ...], told: str, mailboxes: tuple[str, ...]
    ) -> str:
        """The event that typing the former answer at once undoes, or ""; never for results and witnesses."""
        undo = case.undo
        if undo is None or item.waits_on or item.id in scenario.witnesses or undo.event.what != "answered":
            return ""
        if not case.conversation.live or (item.client and not case.conversation.with_client):
            return ""
        event = undo.event
        if event.get("item") != item.id or event.get("scenario") != case.number or not may_undo(case, case.now):
            return ""
        chosen = mailboxes or (case.addresses if item.each else ("",))
        if item.each and set(chosen) != set(event.get("mailboxes", ())):
            return ""
        former = [undo.before.get(mailbox) for mailbox in chosen]
        fits = all(mark is not None and self._says(case, item, mark, value, told) for mark in former)
        return event.id if former and fits else ""

    def _says(self, case: Case, item: Item, mark: Mark, value: tuple[str, ...], told: str) -> bool:
        """Whether a mark says just what is typed now, its numbers and dates too."""
        if self.word is not None or (mark.value, mark.told) != (value, told):
            return False
        typed, before = check_values(case, item, self.values), case.typed_with(mark)
        return not typed or typed == dict((before.get("values") if before else None) or {})


class Settle(Command, frozen=True):
    """Say of an action that was done on other terms: 1 the record was wrong, 2 changed, 3 reversed, 4 still right."""

    item: str
    way: Way
    mailboxes: tuple[str, ...] = ()
    told: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    scenario: int = 0
    """The scenario it was done in, where that is not the case's any more."""

    def rests_on(self, case: Case) -> Iterable[tuple[object, ...]]:
        if self.scenario in (0, case.number):
            return shown_of(case, self.item, self.mailboxes)
        keys = [touch_of(self.scenario, (self.item, mailbox)) for mailbox in self.mailboxes or ("",)]
        return [*keys, ("domain",), ("mailboxes",)]

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `settled` event for each mailbox that is asked about."""
        number = self.scenario or case.number or 0
        if number not in case.procedure.scenarios or self.item not in case.procedure.scenarios[number].by_id:
            raise Refusal(f"There is no item '{clean(self.item)}' there", "look again")
        item = case.procedure.scenarios[number].by_id[self.item]
        told = clean(self.told, lines=True).strip()
        if self.way == "4" and not told:
            raise WrongUse("Why is it still right?", "one line is enough")
        values = check_values(case, item, self.values) if self.way == "2" else {}
        board = case.boards.get(number)
        marks = board.of(item.id) if board else {}
        asked = tuple(name for name, mark in marks.items() if mark.asked)
        chosen = [name for name in (self.mailboxes or asked) if name in asked]
        if not chosen:
            raise Refusal(f"'{item.text}' does not need to be settled", "")
        drafts = []
        standing = case.standing_in(number)
        for mailbox in chosen:
            event_id = making.id()
            position = Position(standing, case.conversation)
            change = moves.settle(position, item, event_id, mailbox, self.way)
            data: dict[str, Any] = {
                "scenario": number,
                "item": item.id,
                "way": self.way,
                "told": told,
                "values": values,
            }
            if LICENCES in item.uses:
                data["licences"] = case.licences
            data |= {"mailboxes": [mailbox]} if item.each else {}
            data |= {"order_gone": True} if change.covered else {}
            drafts.append(making.draft("settled", data | {"effects": change.effects.to_data()}, event_id))
            standing = Standing(standing.scenario, change.apply(standing.board, event_id), standing.situation)
        return drafts


class Correct(ItemCommand, frozen=True):
    """Correct what was typed with an item (a number, a date): nothing is lost by it."""

    values: Mapping[str, str]
    mailboxes: tuple[str, ...] = ()

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `corrected` event with all the values, or none where nothing changes."""
        _, item = item_of(case, self.item)
        need_conversation(case.conversation, "Correcting it")
        marks = case.marks(item.id)
        chosen = [name for name in (self.mailboxes or tuple(marks)) if name in marks]
        if not chosen:
            raise Refusal(f"'{item.text}' was not done", "there is nothing to correct")
        before = case.typed_with(marks[chosen[0]])
        kept = dict(before.get("values") or {}) if before else {}
        values = check_values(case, item, {**kept, **self.values})
        if values == kept:
            return []
        data: dict[str, Any] = {"scenario": case.number, "item": item.id, "values": values, "effects": {}}
        data |= {name: before.get(name) for name in ("through", "by", "licences") if before and before.get(name)}
        return [making.draft("corrected", data | ({"mailboxes": chosen} if item.each else {}))]


class Skip(ItemCommand, frozen=True):
    """Skip an item and say why."""

    reason: str

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `skipped` event."""
        _, item = item_of(case, self.item)
        event_id = making.id()
        change = moves.skip(case.position(), item, event_id)
        reason = one_text(self.reason, "A skip needs a reason")
        return [marked(case, "skipped", item, change, making, {"reason": reason}, event_id)]


class Defer(ItemCommand, frozen=True):
    """Put an item off until a local date; it satisfies nothing meanwhile and blocks closing."""

    until: str
    reason: str = ""

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `deferred` event."""
        scenario, item = item_of(case, self.item)
        moves.put_off(case.position(), item)
        if moment_of(self.until) is None:
            raise WrongUse(f"'{clean(self.until)}' is not a date", "YYYY-MM-DD, or with a time YYYY-MM-DDTHH:MM")
        data = {"scenario": scenario.number, "item": item.id, "until": self.until, "effects": {}}
        return [making.draft("deferred", data | {"reason": clean(self.reason, lines=True).strip()})]


class PutQuote(Command, frozen=True):
    """Put a pro-rata quote into the case; it does the item that asks for one."""

    quote: Quote

    def rests_on(self, case: Case) -> Iterable[tuple[object, ...]]:
        item = quote_item(case)
        return shown_of(case, item.id) if item else ()

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `quote` event."""
        scenario = scenario_of(case)
        item = quote_item(case)
        if item is None or item.quote is None:
            raise Refusal("This scenario has no pro-rata", "it is worked out in scenarios with an order")
        need_conversation(case.conversation, "A quote")
        status = case.status(item.id)
        if status.state not in (State.DONE, State.STALE, State.IN_DOUBT, State.TODO):
            waits = waits_text(scenario, status.waits)
            raise Refusal(f"'{item.text}' {'waits: ' + waits if waits else 'does not apply here'}", "")
        for wanted, given in zip(quoted_plans(case, item), (self.quote.current, self.quote.new), strict=True):
            if wanted and wanted != given:
                raise Refusal(f"The answers say {wanted}, the quote is for {given}", "change the answer or the plan")
        # Where the licence is one that the plans do not list, its term is still answered.
        next_term = case.marks(item.quote.new_term).get("")
        if next_term and next_term.value != (self.quote.new_term,):
            raise Refusal(
                f"The answers say {next_term.value[0]}, the quote is for {self.quote.new_term}",
                "change the answer or the plan",
            )
        if LICENCES in item.uses and self.quote.licences != case.licences:
            raise Refusal(
                f"The case has {case.licences} licences, the quote is for {self.quote.licences}",
                "i: the number of licences",
            )
        discount = self.quote.discount
        if discount is None:
            raise Refusal("The article gives no figure here", "ask an SME and record the amount they give")
        term = case.marks(item.quote.current_term).get("")
        if term and term.value == ("monthly",) and discount > 0:
            raise Refusal("No discount on monthly billing", "the discount is 0.00")
        event_id = making.id()
        change = moves.requote(case.position(), item, event_id, quote_terms(self.quote))
        return [marked(case, "quote", item, change, making, {"quote": self.quote.to_data()}, event_id)]


def quote_item(case: Case) -> Item | None:
    """The item of the scenario that is done by a quote, or None."""
    return next((item for item in case.scenario.items() if item.quote), None) if case.scenario else None


def quoted_plans(case: Case, item: Item) -> tuple[str, str]:
    """The plan ids that the answers name for the quote item: now and new, "" where they do not say."""
    if item.quote is None or case.scenario is None:
        return "", ""
    spec = item.quote

    def chosen(name: str) -> str:
        mark = case.marks(name).get("")
        return mark.value[0] if mark and mark.value else ""

    answer = case.scenario.by_id[spec.new].answer(chosen(spec.new))
    bases = (spec.current, answer.plan if answer else "")
    terms = (chosen(spec.current_term), chosen(spec.new_term))
    now, new = (f"{base}-{term}" if base and term else "" for base, term in zip(bases, terms, strict=True))
    return now, new


# -- taking back
def may_undo(case: Case, now: datetime) -> bool:
    """Whether `u` may take back what it means: in the conversation it was done in; without one within five minutes."""
    if case.undo is None:
        return False
    event = case.undo.event
    begun = case.event(case.conversation.event)
    if case.conversation.live and begun is not None:
        return event.seq > begun.seq
    return timedelta(0) <= now - event.at <= timedelta(minutes=UNDO_MINUTES)


class UndoIt(Command, frozen=True):
    """Undo one's last mark: exactly what it changed is put back, what it made stale too."""

    event: str

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `undone` event."""
        if case.undo is None or case.undo.event.id != self.event or not may_undo(case, case.now):
            done = case.event(self.event)
            if done is not None and done.agent != case.agent:
                raise Refusal(f"That was done by {clean(done.agent)}", "only what you did yourself is undone")
            raise Refusal("That can no longer be undone", "x or enter on the item: take it back")
        if case.undo.event.what not in ("line", "hold", "note", "details", "mailboxes", "licences"):
            self._as_doing(case)
        data = {"entry": self.event, "what": case.undo.event.what}
        return [making.draft("undone", data | _contradicted_since(case))]

    def _as_doing(self, case: Case) -> None:
        """Putting an answer or a tick back needs what doing it needed, where there was one before."""
        undo = case.undo
        if undo is None:
            return
        gone = [
            mark
            for number, marks in undo.restored.items()
            for key, mark in marks.items()
            if number in case.boards and key not in case.boards[number].marks
        ]  # what it ended comes back as well
        if not any(mark.done for mark in (*undo.before.values(), *gone)):
            return
        need_conversation(case.conversation, "Putting it back")
        item = case.scenario.by_id.get(str(undo.event.get("item"))) if case.scenario else None
        if item is not None and any(mark.done and not mark.word for mark in undo.before.values()):
            need_client(case.conversation, item)


def _contradicted_since(case: Case) -> dict[str, Any]:
    """What the event of an undo names: marks that it puts back and that DNS has spoken against since."""
    return {"boards": boards} if (boards := effects_data(put_back(case))) else {}


class TakeBack(ItemCommand, frozen=True):
    """Open an item again, whoever marked it and whenever: no earlier value returns. It needs no conversation."""

    mailboxes: tuple[str, ...] = ()
    reason: str = ""

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `taken-back` event."""
        _, item = item_of(case, self.item)
        change = moves.take_back(case.position(), item, _chosen(case, item, self.mailboxes))
        data = {"reason": clean(self.reason, lines=True).strip()}
        return [marked(case, "taken-back", item, change, making, data, making.id())]


# -- killers
class Clear(ItemCommand, frozen=True):
    """The first step of a killer: what it rests on was read; `shown` are the rows that the agent read."""

    shown: tuple[str, ...] = ()

    def rests_on(self, case: Case) -> Iterable[tuple[object, ...]]:
        return shown_below(case, self.item)

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `cleared` event."""
        scenario, item = item_of(case, self.item)
        moves.clear(case.position(), item)
        data = {"scenario": scenario.number, "item": item.id, "shown": [clean(row) for row in self.shown]}
        return [making.draft("cleared", data | {"mailboxes": list(case.addresses)})]


class Cancel(ItemCommand, frozen=True):
    """The second step of a killer: it was done in the console. Neither age nor a lapse refuses it."""

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `ticked` event, by word of whoever cleared it where that was somebody else."""
        _, item = item_of(case, self.item)
        event_id = making.id()
        change = moves.cancel(timeless(case), item, event_id)
        cleared = case.event(case.board.cleared[item.id])
        data: dict[str, Any] = {"clearing": case.board.cleared[item.id], "by": "me", "values": {}}
        if cleared is not None and cleared.agent != case.agent:
            data["word"] = {"who": cleared.agent, "when": "", "authenticated": True}
        # its own mark is no row of what was read: undone, it leads back to *cleared*
        rows = (key for key in shown_below(case, item.id) if key[1:] != (item.id, ""))
        if changed := [key for key in rows if _since(case, key, cleared.seq if cleared else 0)]:
            names = {scenario_of(case).by_id[str(key[1])].text for key in changed if len(key) == 3}
            raise Refusal(
                f"Changed since it was cleared: {', '.join(sorted(names)) or 'the mailboxes or the domain'}",
                "look at it again; if it is cancelled already, say so",
                ("already",),
            )
        return [marked(case, "ticked", item, change, making, data, event_id)]


class NotYet(ItemCommand, frozen=True):
    """The second step of a killer: it was not done."""

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `not-yet` event."""
        scenario, item = item_of(case, self.item)
        moves.not_yet(case.position(), item)
        return [making.draft("not-yet", {"scenario": scenario.number, "item": item.id, "effects": {}})]


class AlreadyDone(ItemCommand, frozen=True):
    """A killer's service was ended already, too early or by somebody else: by whom, and when."""

    who: str
    when: str = ""

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `answered` event for the question that asks for it; it needs no conversation."""
        scenario, item = item_of(case, self.item)
        if (item.id, "") in case.board.marks:
            raise Refusal(f"'{item.text}' is done already", "")
        told = one_text(f"{self.who}{', ' + self.when if self.when.strip() else ''}", "By whom, and when?")
        event_id = making.id()
        change = moves.already(case.position(), item, event_id, told)
        assert item.already is not None
        question = scenario.by_id[item.already.item]
        value = list(change.marks[question.id, ""].value)
        data = {"value": value, "told": told, "already": item.id}
        return [marked(case, "answered", question, change, making, data, event_id)]


def timeless(case: Case) -> Position:
    """Where the case stands without age and today's prices, which the second step of a killer does not mind."""
    assert case.standing is not None and case.scenario is not None
    situation = moves.situated(case.situation, aged={})
    return Position(Standing(case.scenario, case.board, situation), case.conversation)


def shown_below(case: Case, item_id: str) -> list[tuple[object, ...]]:
    """What a killer's confirmation shows: all that it rests on, at any depth."""
    scenario = scenario_of(case)
    seen: dict[tuple[object, ...], None] = {}
    names = [item_id]
    done: set[str] = set()
    while names:
        name = names.pop()
        if name in done or name == LICENCES:
            continue
        done.add(name)
        seen |= dict.fromkeys(shown_of(case, name))
        names += scenario.rests_on.get(name, ())
    return list(seen)


def _since(case: Case, key: tuple[object, ...], seq: int) -> bool:
    touch = case.touched.get(key)
    return touch is not None and touch.seq > seq


class Cover(Command, frozen=True):
    """A mailbox came after the order: the licences ordered cover it, or one more is ordered."""

    covered: bool

    def rests_on(self, case: Case) -> Iterable[tuple[object, ...]]:
        return [("mailboxes",), ("scenario",)]

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `covered` event."""
        scenario_of(case)
        need_conversation(case.conversation)
        change = moves.cover(case.position(), covered=self.covered)
        count = case.ordered_licences() if self.covered else case.ordered_licences() + len(case.uncovered)
        data = {"covered": self.covered, "mailboxes": list(case.uncovered), "count": count}
        return [making.draft("covered", data | {"effects": change.effects.to_data()})]


class SetLicences(Command, frozen=True):
    """How many licences there are, where it is not one for each mailbox; None: as many as mailboxes."""

    count: int | None

    def rests_on(self, case: Case) -> Iterable[tuple[object, ...]]:
        return [("mailboxes",)]

    def decide(self, case: Case, making: Making) -> list[Draft]:
        """One `licences` event, or none where nothing changes."""
        if self.count is not None and not 0 < self.count < 10_000:
            raise WrongUse("How many licences: a whole number from 1", "")
        if self.count == case.licences_typed:
            return []
        boards: dict[str, Any] = {}
        now = self.count if self.count is not None else case.licences_without_count()
        if now != case.licences:
            for number, board in case.boards.items():
                if board.marks and number in case.procedure.scenarios:
                    position = Position(case.standing_in(number), case.conversation)
                    boards[str(number)] = moves.licences_changed(position).effects.to_data()
        return [making.draft("licences", {"count": self.count, "boards": boards})]


def confirms(scenario: Scenario, item: Item, value: tuple[str, ...] = ()) -> bool:
    """Whether marking `item` so is confirmed by one more enter: a killer's witness."""
    return not item.killer and needs_ceremony(scenario, item, value)


def effects_data(effects: Mapping[int, Effects]) -> dict[str, Any]:
    """The effects of one event on the boards of several scenarios, as its `boards`."""
    return {str(number): each.to_data() for number, each in effects.items() if each}
