"""Ticking, answering, skipping and putting off an item, and taking it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from oxtui.cases import moves
from oxtui.cases.board import Key, Mark
from oxtui.cases.case import Case
from oxtui.cases.commands.base import Draft, ItemCommand, checked_mailboxes, item_of, marked, shown_of
from oxtui.cases.commands.typed import check_answer, check_told, check_until, check_values, one_text
from oxtui.cases.commands.undo import contradicted_since, may_undo
from oxtui.cases.contradictions import contradicted_marks, seen_by
from oxtui.cases.dates import show
from oxtui.cases.parts import moment_of, touch_of
from oxtui.errors import Refusal, WrongUse
from oxtui.playbook.model import Item, Scenario
from oxtui.text import clean

BY: Final = ("me", "client", "colleague", "sme")


class Word(Struct, frozen=True):
    """A colleague's word: who saw or did it, when (local, ISO), and whether they authenticated the client."""

    who: str
    when: str
    authenticated: bool = False


def _source(case: Case, item: Item, word: Word | None, marks: Mapping[Key, Mark]) -> dict[str, Any]:
    """The fields that say whose word `marks` are and since when they count; raises Refusal if something is newer."""
    if word is None:
        # the client's writing counts from when it was written; what the agent does, from now
        in_writing = item.client and case.conversation.mode == "writing"
        written = case.event(case.conversation.event) if in_writing else None
        if written is None or not written.get("written_at"):
            return {}
        at = datetime.fromisoformat(str(written.get("written_at")))
        _nothing_newer(case, item, marks, at, "the client has to say it anew; or say at what time it was written")
        return {"told_at": written.get("written_at")}
    if not item.by_word:
        raise Refusal(f"You need to see this yourself: '{item.text}'", "a colleague's word does not count for it")
    who = one_text(word.who, "Whose word is it?")
    moment = moment_of(word.when)
    if moment is None:
        raise WrongUse("When did they see it?", "a date, or date and time")
    at = moment.replace(tzinfo=case.now.tzinfo)
    if at > case.now:
        raise WrongUse("That time is still to come", "when did they see it?")
    day = at if len(word.when) == 10 else None
    if day:
        at = min(day + timedelta(days=1) - timedelta(seconds=1), case.now)
    _nothing_newer(case, item, marks, at, "their word is older: ask again")
    if day:  # if something changed that day, the time decides
        _nothing_newer(case, item, marks, day, "at what time did they see it?", "that day")
    return {
        "word": {"who": who, "when": word.when, "authenticated": word.authenticated},
        "told_at": at.isoformat(timespec="seconds"),
    }


def _nothing_newer(
    case: Case, item: Item, marks: Mapping[Key, Mark], at: datetime, hint: str, after: str = "after that"
) -> None:
    """Raise Refusal if the item was answered otherwise, or what it directly rests on was marked or lost, after `at`."""
    for key in shown_of(case, item.id, tuple(mailbox for _, mailbox in marks if mailbox)):
        touch = case.touched.get(key)
        if touch is None or len(key) != 3 or touch.at <= at:
            continue
        name, mailbox = str(key[1]), str(key[2])
        if name == item.id and not _says_otherwise(case, (name, mailbox), marks, at):
            continue
        other = case.scenario.by_id.get(name) if case.scenario else None
        seen = touch.at.astimezone(case.now.tzinfo)
        text = f"'{other.text if other else name}' changed {after}, {show(seen.date())} {seen:%H:%M}"
        raise Refusal(text, hint)


def _says_otherwise(case: Case, key: Key, marks: Mapping[Key, Mark], at: datetime) -> bool:
    """Whether the mark there was made after `at` and is another than in `marks`, or a repair has ended one since."""
    old, new = case.board.marks.get(key), marks.get(key)
    if new is None:
        return False
    if old is None:
        touch = case.touched.get(touch_of(case.number or 0, key))
        ended_by = case.event(touch.event) if touch else None
        return ended_by is not None and ended_by.get("item") not in (None, key[0])
    made = case.event(old.event)
    return made is not None and made.counts_from > at and old.value != new.value


class Tick(ItemCommand, frozen=True):
    """Tick an action, with the values it asks for; without `mailboxes`, for all that it is still to be done for."""

    mailboxes: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    through: str = ""
    by: str = "me"
    word: Word | None = None

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        _, item = item_of(case, self.item)
        if item.kind != "action":
            raise Refusal(f"'{item.text}' is a question", "answer it with a digit")
        if item.quote:
            raise Refusal(f"'{item.text}' is done with the calculator", "c opens the calculator")
        mailboxes = checked_mailboxes(case, item, self.mailboxes)
        transition = moves.mark(case.position(), item, mailboxes=mailboxes, word=self.word.who if self.word else "")
        again = all(key in case.board.marks for key in transition.marks)
        if self.by not in BY:
            raise WrongUse(f"'{clean(self.by)}' cannot do an item", ", ".join(BY))
        ways = case.ways(item)
        if not again:
            if self.through in item.through and self.through not in ways:
                raise Refusal(f"'{item.text}': not through {self.through} here", f"through {' or '.join(ways)}")
            if item.through and self.through not in ways:
                raise WrongUse(f"'{item.text}': say through what", " or ".join(ways))
        values = {} if again and not self.values else check_values(case, item, self.values)
        data: dict[str, Any] = {"values": values, "through": self.through if item.through else "", "by": self.by}
        if item.orders_licences:
            data["licences"] = case.licences
        return [marked(case, "ticked", item, transition, data | _source(case, item, self.word, transition.marks))]


class AnswerIt(ItemCommand, frozen=True):
    """Answer a question: answer ids, a text, or ISO dates; `told` is the text that the answer asks for.

    Typing the former answer at once undoes the one typed in between.
    """

    value: tuple[str, ...]
    mailboxes: tuple[str, ...] = ()
    told: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    word: Word | None = None

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        scenario, item = item_of(case, self.item)
        if item.kind != "question":
            raise Refusal(f"'{item.text}' is not a question", "space ticks it")
        value = check_answer(item, self.value)
        told = check_told(case, item, value, self.told)
        asks = next((answer.asks for answer in item.given(value) if answer.asks), "")
        mailboxes = checked_mailboxes(case, item, self.mailboxes)
        if undone := self._typed_back(case, scenario, item, value, told, mailboxes):
            return [Draft("undone", {"entry": undone, "what": "answered", "typed": True} | contradicted_since(case))]
        saw = seen_by(case, seen).get(item.proposal.evidence, "") if item.proposal else ""
        on = case.now.date().isoformat() if item.id in scenario.ages else ""
        transition = moves.mark(
            case.position(), item,
            mailboxes=mailboxes, value=value, told=told, word=self.word.who if self.word else "", saw=saw, on=on,
        )  # fmt: skip
        if asks and not told:
            raise WrongUse(asks, "one line is enough")
        # DNS may have answered after the screen was drawn
        stale = contradicted_marks(case, scenario.number, transition.marks, case.situation.evidence)
        effects = transition.effects
        transition = replace(transition, effects=replace(effects, stale=(*effects.stale, *stale)))
        data: dict[str, Any] = {"value": list(value), "told": told}
        optional = {"saw": saw, "on": on, "values": check_values(case, item, self.values)}
        data |= {name: each for name, each in optional.items() if each}
        return [marked(case, "answered", item, transition, data | _source(case, item, self.word, transition.marks))]

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
        if event.get("item") != item.id or event.get("scenario") != case.number or not may_undo(case):
            return ""
        chosen = mailboxes or (case.addresses if item.each else ("",))
        if item.each and set(chosen) != set(event.get("mailboxes", ())):
            return ""
        former = [undo.before.get(mailbox) for mailbox in chosen]
        same = all(mark is not None and self._says(case, item, mark, value, told) for mark in former)
        return event.id if former and same else ""

    def _says(self, case: Case, item: Item, mark: Mark, value: tuple[str, ...], told: str) -> bool:
        """Whether a mark has the answer typed now, its numbers and dates too."""
        if self.word is not None or (mark.value, mark.told) != (value, told):
            return False
        typed, before = check_values(case, item, self.values), case.typed_with(mark)
        return not typed or typed == dict((before.get("values") if before else None) or {})


class Skip(ItemCommand, frozen=True):
    """Skip an item and say why."""

    reason: str

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        _, item = item_of(case, self.item)
        transition = moves.skip(case.position(), item)
        return [marked(case, "skipped", item, transition, {"reason": one_text(self.reason, "A skip needs a reason")})]


class Defer(ItemCommand, frozen=True):
    """Put an item off until a local date; meanwhile it satisfies nothing and blocks closing."""

    until: str
    reason: str = ""

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        scenario, item = item_of(case, self.item)
        moves.put_off(case.position(), item)
        data = {"scenario": scenario.number, "item": item.id, "until": check_until(self.until), "effects": {}}
        return [Draft("deferred", data | {"reason": clean(self.reason, lines=True).strip()})]


class TakeBack(ItemCommand, frozen=True):
    """Open an item again, whoever marked it; no earlier value returns. It needs no conversation."""

    mailboxes: tuple[str, ...] = ()
    reason: str = ""

    def decide(self, case: Case, seen: int | None = None) -> list[Draft]:
        scenario, item = item_of(case, self.item)
        transition = moves.take_back(case.position(), item, checked_mailboxes(case, item, self.mailboxes))
        if item.killer:  # nobody here has seen what it rested on, if it was done on another machine
            effects = transition.effects
            stale = (*effects.stale, *_reported_witnesses(case, scenario, item))
            transition = replace(transition, effects=replace(effects, stale=tuple(dict(stale).items())))
        return [marked(case, "taken-back", item, transition, {"reason": clean(self.reason, lines=True).strip()})]


def _reported_witnesses(case: Case, scenario: Scenario, killer: Item) -> Iterator[tuple[Key, str]]:
    """What a killer rests on and was marked on another machine only, as stale."""
    for key, mark in case.board.marks.items():
        event = case.event(mark.event)
        if key[0] != killer.id and killer.id in scenario.witnesses.get(key[0], ()) and event and case.reported(event):
            yield key, "imported"
