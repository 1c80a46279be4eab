"""What state each item of a scenario is in, given what was ticked and answered: the one place that decides it.

Both the cases of the floor and the proof of the rules are judged by `evaluate`, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct, field

from oxtui.playbook.conditions import Atom
from oxtui.playbook.model import Item, Scenario

Fingerprint: TypeAlias = tuple[tuple[str, object], ...]


class State(StrEnum):
    """The states of an item (DESIGN, *The words*)."""

    TODO = "todo"
    DONE = "done"
    NOT_APPLICABLE = "not applicable"
    OVERRIDDEN = "overridden"
    DEFERRED = "deferred"
    LOCKED = "locked"
    STALE = "stale"
    UNWIND = "unwind"
    PENDING = "pending"


SETTLED = frozenset({State.DONE, State.OVERRIDDEN, State.NOT_APPLICABLE})


class Mark(Struct, frozen=True):
    """That an item was ticked or answered, for one mailbox or (mailbox "") for the whole case.

    `value` holds the answer ids or typed values of a question; `used` the fingerprints, at that time,
    of the items it rests on; `spoiled` says why it has to be checked again whatever else holds
    (its authentication was taken back, the price changed).
    """

    event: str
    value: tuple[str, ...] = ()
    used: tuple[tuple[str, Fingerprint], ...] = ()
    spoiled: str = ""
    pending: bool = False


class Record(Struct):
    """What the log says of one item: its marks by mailbox, or that it was skipped or put off (entry ids)."""

    marks: dict[str, Mark] = field(default_factory=dict)
    skipped: str = ""
    deferred: str = ""
    attempts: int = 0

    def touched(self) -> bool:
        """Whether the log holds anything about the item."""
        return bool(self.marks or self.skipped or self.deferred)


NOTHING = Record()


class Wait(Struct, frozen=True):
    """One thing an item waits for, and why it does not count yet (in plain words)."""

    atom: Atom
    why: str


class Status(Struct, frozen=True):
    """The state of an item now; `done` of `of` mailboxes; what it waits for, or why it is stale.

    `again`: the mailboxes it was done for and has to be checked for again, where it is done for some, or stale.
    """

    item: Item
    state: State
    waits: tuple[Wait, ...] = ()
    why: str = ""
    done: int = 0
    of: int = 0
    again: tuple[str, ...] = ()

    @property
    def applies(self) -> bool:
        """Whether the item counts at all (an unanswered question leaves what depends on it open)."""
        return self.state not in (State.NOT_APPLICABLE, State.UNWIND)

    @property
    def open(self) -> bool:
        """Whether the item stands in the way of closing."""
        if self.state is State.UNWIND:
            return True
        return self.state not in SETTLED and not (
            self.item.optional and self.state in (State.TODO, State.LOCKED, State.DEFERRED)
        )


def fingerprint(item: Item, record: Record) -> Fingerprint:
    """What others that use `item` rest on: a question's answers, an action's entries."""
    if item.kind == "question":
        return tuple(sorted((mailbox, mark.value) for mailbox, mark in record.marks.items()))
    return tuple(sorted((mailbox, mark.event) for mailbox, mark in record.marks.items()))


def snapshot(scenario: Scenario, records: Mapping[str, Record], item: Item) -> tuple[tuple[str, Fingerprint], ...]:
    """The fingerprints of all that `item` uses, as they are now."""
    return tuple((name, fingerprint(scenario.by_id[name], records.get(name, NOTHING))) for name in item.uses)


class _Evaluation:
    """One pass over a scenario in the order of its dependencies."""

    def __init__(self, scenario: Scenario, records: Mapping[str, Record], mailboxes: tuple[str, ...]) -> None:
        self.scenario = scenario
        self.records = records
        self.mailboxes = mailboxes
        self.statuses: dict[str, Status] = {}

    def run(self) -> dict[str, Status]:
        for name in self.scenario.order:
            item = self.scenario.by_id[name]
            self.statuses[name] = self._status(item, self.records.get(name, NOTHING))
        return self.statuses

    def _holds(self, atom: Atom) -> bool | None:
        """The truth of an atom in a `when`: any mailbox, any of the chosen answers."""
        status = self.statuses[atom.item]
        if status.state in (State.NOT_APPLICABLE, State.UNWIND):
            return False
        if not atom.answers:
            return True if status.state is State.DONE else None
        marks = self.records.get(atom.item, NOTHING).marks
        # What was said of a mailbox that is no longer the case's decides nothing.
        wanted = self.mailboxes if status.item.each else ("",)
        live = [marks[mailbox] for mailbox in wanted if mailbox in marks and not marks[mailbox].pending]
        if any(answer in atom.answers for mark in live for answer in mark.value):
            return True
        if status.of and len(live) < status.of:
            return None
        return False if live else None

    def _surely(self, atom: Atom) -> bool | None:
        """As `_holds`, for a killer: an answer that has to be checked again decides nothing."""
        truth = self._holds(atom)
        return truth if truth is False or self.statuses[atom.item].state is State.DONE else None

    def _met(self, atom: Atom, strict: bool) -> str:
        """Why an atom of an `after` does not count yet, or "" where it is met."""
        status = self.statuses[atom.item]
        state = status.state
        if state is State.NOT_APPLICABLE:
            return "does not apply" if strict else ""
        if state is State.STALE:
            return "has to be checked again"
        if state is State.PENDING:
            return "is being saved"
        if state is State.UNWIND:
            return "has to be taken back"
        if atom.answers:
            if state is not State.DONE:
                return "is not answered" if status.item.kind == "question" else "is not done"
            marks = self.records[atom.item].marks
            wanted = self.mailboxes if status.item.each else ("",)
            if all(atom.answers.intersection(marks[mailbox].value) for mailbox in wanted):
                return ""
            words = [answer.text for answer in status.item.answers if answer.id in atom.answers]
            return f"is not '{' or '.join(words)}'"
        if state is State.DONE or (state is State.OVERRIDDEN and not strict):
            return ""
        if state is State.OVERRIDDEN:
            return "was skipped"
        return "is not answered" if status.item.kind == "question" else "is not done"

    def _status(self, item: Item, record: Record) -> Status:
        step = self.scenario.step_of[item.id]
        holds = self._surely if item.killer else self._holds
        truth = step.when.truth(holds) if step.when else True
        if truth is not False and item.when:
            own = item.when.truth(holds)
            truth = own if truth is True or own is False else None
        wanted = self.mailboxes if item.each else ("",)
        marked = [record.marks[mailbox] for mailbox in wanted if mailbox in record.marks]
        done, of = (len(marked), len(wanted)) if item.each else (0, 0)
        if truth is False:
            acted = item.acts and bool(record.marks)
            return Status(item, State.UNWIND if acted else State.NOT_APPLICABLE, (), item.reverse, done, of)
        strict = item.killer
        waits = tuple(Wait(atom, why) for atom in item.after if (why := self._met(atom, strict)))
        unknown: tuple[Wait, ...] = ()
        if truth is None:
            atoms = step.when.deciding(holds) if step.when else ()
            atoms += item.when.deciding(holds) if item.when else ()
            unknown = tuple(Wait(atom, self._unknown(atom)) for atom in atoms)
        complete = bool(marked) and len(marked) == len(wanted)
        if complete and not record.skipped:
            if any(mark.pending for mark in marked):
                return Status(item, State.PENDING, (), "being saved", done, of)
            # What was done stays done while the question it hangs on is open, but is not done again meanwhile;
            # a cancellation is looked at again.
            why = self._stale(item, marked, unknown + waits if item.killer else waits)
            waits = unknown + waits
            late = State.DEFERRED if record.deferred else State.STALE
            again = self._again(item, record) if why else ()
            return Status(item, late if why else State.DONE, waits if why else (), why, done, of, again)
        waits = unknown + waits
        if record.skipped:
            # It keeps what it waits for: what was skipped once is not ticked past its guards later.
            return Status(item, State.OVERRIDDEN, waits, "", done, of)
        if record.deferred:
            return Status(item, State.DEFERRED, waits, "", done, of)
        again = self._again(item, record) if done else ()
        return Status(item, State.LOCKED if waits else State.TODO, waits, "", done, of, again)

    def _again(self, item: Item, record: Record) -> tuple[str, ...]:
        marks = record.marks
        wanted = self.mailboxes if item.each else ()
        return tuple(name for name in wanted if name in marks and self._stale(item, [marks[name]], ()))

    def _unknown(self, atom: Atom) -> str:
        again = self.statuses[atom.item].state is State.STALE
        return "has to be checked again" if again else "is not answered"

    def _stale(self, item: Item, marks: list[Mark], waits: tuple[Wait, ...]) -> str:
        for mark in marks:
            if mark.spoiled:
                return mark.spoiled
            for name, before in mark.used:
                used = self.scenario.by_id[name]
                if fingerprint(used, self.records.get(name, NOTHING)) != before:
                    return f"{used.done or used.text} changed"
        if waits:
            atom = waits[0].atom
            other = self.scenario.by_id[atom.item]
            return f"{other.done or other.text} {waits[0].why}"
        return ""


def evaluate(scenario: Scenario, records: Mapping[str, Record], mailboxes: tuple[str, ...]) -> dict[str, Status]:
    """The status of every item of `scenario` by id; `mailboxes` are the addresses of the case."""
    return _Evaluation(scenario, records, mailboxes).run()


def effects(item: Item, value: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The questions that ticking `item`, or answering it with `value`, takes back."""
    if item.kind == "action":
        return item.reopens
    chosen = (answer for answer in item.answers if answer.id in value)
    return tuple(name for answer in chosen for name in answer.reopens)


def reopen(scenario: Scenario, records: Mapping[str, Record], source: Item, targets: tuple[str, ...]) -> None:
    """Take back the answers of `targets` that made `source` apply (all, where it does not name them)."""
    for name in targets:
        record = records.get(name)
        if record is None:
            continue
        named = {answer for atom in source.when.atoms() if atom.item == name for answer in atom.answers}
        for mailbox, mark in list(record.marks.items()):
            if not named or named.intersection(mark.value):
                del record.marks[mailbox]


def consume(scenario: Scenario, records: Mapping[str, Record], answered: str) -> None:
    """A new answer to `answered` ends the attempt that took the last one back: it may be done again."""
    for name in scenario.reopened_by.get(answered, ()):
        record = records.get(name)
        if record and record.marks:
            record.marks.clear()
            record.attempts += 1
